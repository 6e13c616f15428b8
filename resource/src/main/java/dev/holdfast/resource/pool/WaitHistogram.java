package dev.holdfast.resource.pool;

import java.time.Duration;
import java.util.Arrays;

/**
 * How long borrowers waited before they were served, at one moment. Times are kept in buckets a
 * quarter of a power of two wide: what is read off is at most a quarter too high.
 */
public final class WaitHistogram {
  private static final int PARTS = 4;
  private static final int PART_BITS = 2;
  static final int BUCKETS = (Long.SIZE - PART_BITS) * PARTS;

  private final long[] buckets;
  private final long count;
  private final long sumNanos;
  private final long maxNanos;

  private WaitHistogram(long[] buckets, long sumNanos, long maxNanos) {
    this.buckets = buckets;
    this.count = Arrays.stream(buckets).sum();
    this.sumNanos = sumNanos;
    this.maxNanos = maxNanos;
  }

  /** How many were served. */
  public long count() {
    return count;
  }

  /** How many were served without waiting. */
  public long atOnce() {
    return buckets[0];
  }

  /** All waiting together. */
  public Duration sum() {
    return Duration.ofNanos(sumNanos);
  }

  /** The longest wait, exact. */
  public Duration max() {
    return Duration.ofNanos(maxNanos);
  }

  /**
   * A time that the given share of the borrowers did not exceed.
   *
   * @param share from 0 to 1
   */
  public Duration quantile(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("not a share of borrowers: share=" + share);
    }
    long wanted = (long) Math.ceil(share * count);
    long seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
      seen += buckets[i];
      if (seen >= wanted) {
        return Duration.ofNanos(Math.min(mostNanosOf(i), maxNanos));
      }
    }
    return max();
  }

  /** Values below 4 have a bucket each; above, the two bits after the leading one choose. */
  static int bucketOf(long nanos) {
    if (nanos < PARTS) {
      return (int) Math.max(0, nanos);
    }
    int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
    int part = (int) (nanos >>> (exponent - PART_BITS)) & (PARTS - 1);
    return (exponent - 1) * PARTS + part;
  }

  static long mostNanosOf(int bucket) {
    if (bucket < PARTS) {
      return bucket;
    }
    int exponent = bucket / PARTS + 1;
    long part = bucket % PARTS;
    return ((PARTS + part + 1) << (exponent - PART_BITS)) - 1;
  }

  /** The histogram while it grows, under the exchange's lock. */
  static final class Recorder {
    private final long[] buckets = new long[BUCKETS];
    private long sumNanos;
    private long maxNanos;

    void recordNone() {
      buckets[0]++;
    }

    void record(long nanos) {
      buckets[bucketOf(nanos)]++;
      sumNanos += nanos;
      maxNanos = Math.max(maxNanos, nanos);
    }

    WaitHistogram snapshot() {
      return new WaitHistogram(buckets.clone(), sumNanos, maxNanos);
    }
  }
}
