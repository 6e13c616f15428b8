package dev.holdfast.sync;

import java.util.concurrent.TimeUnit;

/**
 * Who goes first among those who wait for the same lock. A level is worth one second of waiting: a
 * waiter is overtaken only by those who came at most that much later a level, so nobody starves.
 *
 * <p>The owner of a lock counts as the most urgent of those who wait for it, along the chain, when
 * it waits for another lock itself (priority inheritance).
 */
public enum Priority {
  /** After others. */
  LOW(0),
  /** In order of arrival, if everybody is. */
  NORMAL(1),
  /** One second ahead. */
  HIGH(2),
  /** Two seconds ahead. */
  CRITICAL(3);

  private final long level;

  Priority(long level) {
    this.level = level;
  }

  long level() {
    return level;
  }

  static Priority ofLevel(long level) {
    return values()[Math.clamp(level, 0, 3)];
  }

  static final long LEVEL_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** When somebody of this priority who came at {@code since} counts as having come. */
  static long virtualArrival(long since, long level) {
    return since - Math.clamp(level, 0, 3) * LEVEL_NANOS;
  }
}
