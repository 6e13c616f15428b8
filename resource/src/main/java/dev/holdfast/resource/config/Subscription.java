package dev.holdfast.resource.config;

/** Ends with {@link #close}; until then it keeps what it calls alive. */
public interface Subscription extends AutoCloseable {
  /** No call begins after this; again is fine. */
  @Override
  void close();
}
