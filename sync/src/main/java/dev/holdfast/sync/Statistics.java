package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import org.jspecify.annotations.Nullable;

/**
 * What one lock counts, in its own words: readable by every process, also after a crash.
 *
 * <p><b>Cost.</b> Nothing in an uncontended acquisition but the token, which is a fencing token
 * anyway; one hold in 256 is timed.
 */
final class Statistics {
  private static final long SAMPLE_MASK = 255;
  private static final int NANOS_SHIFT = 10; // a bucket's unit: 1,024 ns, a microsecond

  private final Words words;
  private final long at;
  private final boolean counted;

  /**
   * @param counted whether the lock has room for statistics: one placed in a region has none
   */
  Statistics(Words words, long at, boolean counted) {
    this.words = words;
    this.at = at;
    this.counted = counted;
  }

  /** Whether the hold with that token is to be timed. */
  boolean isSampled(long token) {
    return (token & SAMPLE_MASK) == 0 && counted;
  }

  void waited(long nanos) {
    if (counted) {
      add(LockLayout.CONTENDED, 1);
      add(LockLayout.WAIT_NANOS, nanos);
      add(LockLayout.WAIT_TIMES + bucket(nanos) * Long.BYTES, 1);
    }
  }

  /** How a wait ended; null for with success. */
  void ended(Wait.@Nullable End end, long nanos) {
    if (end == null) {
      waited(nanos);
    } else if (end == Wait.End.TIMED_OUT) {
      count(LockLayout.TIME_OUTS);
    }
  }

  void held(long nanos) {
    if (counted) {
      add(LockLayout.HOLDS_SAMPLED, 1);
      add(LockLayout.HOLD_NANOS, nanos);
      add(LockLayout.HOLD_TIMES + bucket(nanos) * Long.BYTES, 1);
    }
  }

  void count(int field) {
    if (counted) {
      add(field, 1);
    }
  }

  private void add(int field, long value) {
    words.add(at + field, value);
  }

  /** Bucket 0 is all below 2 µs, bucket i is [2^i, 2^(i+1)) µs, the last is all above. */
  static int bucket(long nanos) {
    long micros = Math.max(1, nanos >>> NANOS_SHIFT);
    return Math.min(LockLayout.BUCKETS - 1, Long.SIZE - 1 - Long.numberOfLeadingZeros(micros));
  }
}
