package dev.holdfast.resource.cache.shared;

/**
 * What was counted in a shared cache since it was made, by all processes together. Statistics: a
 * process that dies may take its last count with it.
 *
 * @param hits look-ups that found a value
 * @param misses look-ups that did not
 * @param puts entries put
 * @param refused puts for which no room could be made, and loaded values too large for the cache
 * @param explicit entries removed because somebody asked
 * @param replaced entries replaced by another value of their key
 * @param evicted entries removed to make room
 * @param expired entries removed because their time was over
 * @param recovered half-made entries of the dead, given back
 */
public record SharedCacheStats(
    long hits,
    long misses,
    long puts,
    long refused,
    long explicit,
    long replaced,
    long evicted,
    long expired,
    long recovered) {

  static SharedCacheStats of(Seats seats) {
    return new SharedCacheStats(
        seats.sum(SeatLayout.HITS),
        seats.sum(SeatLayout.MISSES),
        seats.sum(SeatLayout.PUTS),
        seats.sum(SeatLayout.REFUSED),
        seats.sum(SeatLayout.REMOVED),
        seats.sum(SeatLayout.REPLACED),
        seats.sum(SeatLayout.EVICTED),
        seats.sum(SeatLayout.EXPIRED),
        seats.sum(SeatLayout.RECOVERED));
  }

  /** Hits among the look-ups; 1 if there were none. */
  public double hitRatio() {
    long lookUps = hits + misses;
    return lookUps == 0 ? 1 : (double) hits / lookUps;
  }
}
