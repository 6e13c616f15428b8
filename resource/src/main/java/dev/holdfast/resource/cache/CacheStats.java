package dev.holdfast.resource.cache;

/**
 * What a cache did since it was made, and how full it is. The figures are read one after the other,
 * so that they may be apart by what happened meanwhile.
 *
 * @param hits look-ups that found a value
 * @param misses look-ups that found none
 * @param loads loads that gave a value, refreshes and warm-ups among them
 * @param loadFailures loads that failed
 * @param loadNanos the time that all loads took together
 * @param evictions entries that left because the cache was full
 * @param evictedWeight the weight of those
 * @param expirations entries that left because their time was over
 * @param rejections values that were not cached because they weigh more than the cache may hold
 * @param listenerFailures removal listeners that threw
 * @param entries entries there are
 * @param weight the weight of those
 */
public record CacheStats(
    long hits,
    long misses,
    long loads,
    long loadFailures,
    long loadNanos,
    long evictions,
    long evictedWeight,
    long expirations,
    long rejections,
    long listenerFailures,
    long entries,
    long weight) {

  /** Look-ups, found or not. */
  public long requests() {
    return hits + misses;
  }

  /** Hits among look-ups, 0 to 1; 1 when nothing was looked up yet. */
  public double hitRatio() {
    return requests() == 0 ? 1 : (double) hits / requests();
  }
}
