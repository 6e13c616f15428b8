package dev.holdfast.sync;

/** The exceptions that several kinds of locks throw. */
final class Refusals {
  private Refusals() {}

  static LocksClosedException closed(String lock) {
    return new LocksClosedException(
        "space was closed, or the locks of the region: lock=%s; the caller does not own it"
            .formatted(lock));
  }

  /** To be told to an owner that releases. */
  static LocksClosedException closedInside(String lock) {
    return new LocksClosedException(
        "space, or the locks of the region, was closed while the caller was inside: lock=%s; it was left to the next one, as a dead owner leaves it. Release before closing"
            .formatted(lock));
  }
}
