package dev.holdfast.resource.guard;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAccumulator;

/**
 * A histogram of durations, four buckets a power of two: a percentile is at most a quarter too
 * long, never too short. Fixed size, no locks.
 */
final class Latencies {
  private static final int BITS = 2;
  private static final int BUCKETS = Long.SIZE << BITS;

  private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);
  private final LongAccumulator longest = new LongAccumulator(Math::max, 0);

  void record(long nanos) {
    long positive = Math.max(nanos, 1);
    counts.getAndIncrement(bucket(positive));
    longest.accumulate(positive);
  }

  private static int bucket(long nanos) {
    int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
    int fraction = (int) ((nanos << (Long.SIZE - 1 - exponent) << 1) >>> (Long.SIZE - BITS));
    return (exponent << BITS) + fraction;
  }

  private static long upperBound(int bucket) {
    int exponent = bucket >> BITS;
    long quarters = (bucket & ((1 << BITS) - 1)) + (1L << BITS) + 1;
    return (exponent >= BITS ? quarters << (exponent - BITS) : 2L << exponent) - 1;
  }

  /** What that share of them did not exceed; zero if there were none. */
  Duration percentile(double share) {
    long[] seen = new long[BUCKETS];
    long total = 0;
    for (int i = 0; i < BUCKETS; i++) {
      seen[i] = counts.get(i);
      total += seen[i];
    }
    long wanted = (long) Math.ceil(total * share);
    long below = 0;
    for (int i = 0; i < BUCKETS && total > 0; i++) {
      below += seen[i];
      if (below >= wanted) {
        return Duration.ofNanos(Math.min(upperBound(i), longest.get()));
      }
    }
    return Duration.ZERO;
  }

  Duration longest() {
    return Duration.ofNanos(longest.get());
  }
}
