package dev.holdfast.sync;

import java.time.Duration;

/**
 * How somebody is willing to wait.
 *
 * @param deadlineNanos on the platform's monotonic clock; {@link Long#MAX_VALUE} for none
 * @param interruptible whether an interrupt ends it
 * @param priority its place in the order
 * @param since when it began
 */
record Wait(long deadlineNanos, boolean interruptible, Priority priority, long since) {
  /** Why a wait ended without what was waited for. */
  enum End {
    TIMED_OUT,
    INTERRUPTED,
    /** A writer that waits for readers to leave is in others' way: it lets readers in first. */
    STEP_BACK,
    /** A transaction gives way to another one. */
    DIED,
    CLOSED
  }

  static Wait forEver(Priority priority, long now) {
    return new Wait(Long.MAX_VALUE, false, priority, now);
  }

  /** A time-out of zero or less still takes what is free. */
  static Wait atMost(Duration timeout, boolean interruptible, Priority priority, long now) {
    return new Wait(deadline(timeout, now), interruptible, priority, now);
  }

  private static long deadline(Duration timeout, long now) {
    long nanos;
    try {
      nanos = Math.max(0, timeout.toNanos());
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE; // 292 years
    }
    return nanos >= Long.MAX_VALUE - now ? Long.MAX_VALUE : now + nanos;
  }

  /** Whether who has that much time waits at all. */
  static boolean isWaiting(Duration timeout) {
    return timeout.isPositive();
  }

  boolean isOver(long now) {
    return now >= deadlineNanos;
  }
}
