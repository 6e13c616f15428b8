package dev.holdfast.resource.cache;

/**
 * The times of one written value.
 *
 * @param lifeNanos how long it may be used at most, counted from the write
 * @param idleNanos how long it may lie unused; {@link Entry#NEVER} if that does not matter
 * @param refreshNanos after how long a hit refreshes it in the background
 */
record Times(long lifeNanos, long idleNanos, long refreshNanos) {
  static final Times UNLIMITED = new Times(Entry.NEVER, Entry.NEVER, Entry.NEVER);
  private static final long SLIDE_STEP_NANOS_MAX = 10_000_000;

  boolean isLimited() {
    return lifeNanos != Entry.NEVER || slides();
  }

  boolean slides() {
    return idleNanos != Entry.NEVER;
  }

  long deadline(long now) {
    return add(now, lifeNanos);
  }

  long refreshAt(long now) {
    return add(now, refreshNanos);
  }

  /** The time so much later, or {@link Entry#NEVER}. */
  static long add(long now, long nanos) {
    long sum = now + nanos;
    return nanos == Entry.NEVER || (sum < now) ? Entry.NEVER : sum;
  }

  /** Slides smaller than this are not written: a hot entry is then written 100 times a second. */
  static long slideStepNanos(long idleNanos) {
    return Math.min(SLIDE_STEP_NANOS_MAX, Math.max(1, idleNanos >> 7));
  }
}
