package dev.holdfast.sync;

/** The exceptions that several kinds of locks throw. */
final class Refusals {
  private Refusals() {}

  static LocksClosedException closed(String lock) {
    return new LocksClosedException(
        "space was closed, or the locks of the region: lock=%s; the caller does not own it"
            .formatted(lock));
  }
}
