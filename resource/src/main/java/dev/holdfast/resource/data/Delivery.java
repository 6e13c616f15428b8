package dev.holdfast.resource.data;

/**
 * Which versions a subscriber is told. Always in their order, one after the other, on a thread of
 * the subscriber's own, so that a slow one delays nobody.
 */
public enum Delivery {
  /**
   * Each version. A subscriber that falls 10,000 versions behind continues with the newest; the
   * version numbers and {@link SharedDataStats#skipped} show the gap.
   */
  EVERY,
  /** The newest, whenever the subscriber has time; what came between is skipped. */
  LATEST
}
