package dev.holdfast.sync;

import java.util.Optional;

/** What a lock is. */
public enum LockKind {
  /** One owner. */
  MUTEX(1),
  /** Many readers, or one writer. */
  READ_WRITE_LOCK(2),
  /** As many owners as it has permits. */
  SEMAPHORE(3),
  /** What the owner of a mutex waits for. */
  CONDITION(4);

  private final long code;

  LockKind(long code) {
    this.code = code;
  }

  long code() {
    return code;
  }

  static Optional<LockKind> of(long code) {
    return code >= 1 && code <= values().length
        ? Optional.of(values()[(int) code - 1])
        : Optional.empty();
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
  }
}
