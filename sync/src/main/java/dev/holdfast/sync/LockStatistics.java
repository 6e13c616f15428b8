package dev.holdfast.sync;

import java.time.Duration;
import java.util.List;

/**
 * What a lock counted since it was made, in all processes together.
 *
 * @param acquisitions how often it was owned (read locks are not counted)
 * @param contended how often somebody waited and got it
 * @param handOvers how often a release named the next owner
 * @param ownersDied how often an owner was found dead
 * @param victims how often a waiter was a deadlock's victim
 * @param timeOuts how often somebody gave up in time
 * @param waited by all who got it, together
 * @param holdsSampled how many holds were timed, one in 256
 * @param held by those, together
 * @param waitTimes bucket i counts waits of [2^i, 2^(i+1)) µs; the first all below 2 µs, the last
 *     all above
 * @param holdTimes of the timed holds, likewise
 */
public record LockStatistics(
    long acquisitions,
    long contended,
    long handOvers,
    long ownersDied,
    long victims,
    long timeOuts,
    Duration waited,
    long holdsSampled,
    Duration held,
    List<Long> waitTimes,
    List<Long> holdTimes) {
  /** The share of acquisitions that had to wait, 0 to 1. */
  public double contendedShare() {
    return acquisitions == 0 ? 0 : Math.min(1, (double) contended / acquisitions);
  }

  /**
   * Below that wait time lies that share of the waits, to within a factor of two; zero if there was
   * none.
   *
   * @param share 0 to 1: 0.99 for the 99th percentile
   */
  public Duration waitPercentile(double share) {
    return percentile(waitTimes, share);
  }

  /** As {@link #waitPercentile}, of the timed holds. */
  public Duration holdPercentile(double share) {
    return percentile(holdTimes, share);
  }

  private static Duration percentile(List<Long> buckets, double share) {
    long all = buckets.stream().mapToLong(Long::longValue).sum();
    long seen = 0;
    for (int bucket = 0; bucket < buckets.size(); bucket++) {
      seen += buckets.get(bucket);
      if (all > 0 && seen >= share * all) {
        return Duration.ofNanos((2L << bucket) * 1_000);
      }
    }
    return Duration.ZERO;
  }
}
