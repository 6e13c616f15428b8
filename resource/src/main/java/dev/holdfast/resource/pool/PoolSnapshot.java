package dev.holdfast.resource.pool;

import java.util.Map;

/**
 * A pool at one moment: all figures belong together.
 *
 * @param name of the pool
 * @param sizes how many objects are where
 * @param breaker whether creating works
 * @param waits how long borrowers waited
 * @param counts what happened how often since the pool was opened; every {@link PoolCount} is there
 */
public record PoolSnapshot(
    String name, Sizes sizes, Breaker breaker, WaitHistogram waits, Map<PoolCount, Long> counts) {

  /** Whether creating works. */
  public enum Breaker {
    /** It does, or too few attempts have failed to tell. */
    CLOSED,
    /** It keeps failing; borrowers fail at once. */
    OPEN,
    /** It kept failing; one creation is under way to see whether it still does. */
    HALF_OPEN
  }

  /**
   * How many objects are where.
   *
   * @param max the most that may exist
   * @param minIdle kept ready
   * @param idle ready to be lent
   * @param lent in the borrowers' hands
   * @param creating being made
   * @param busy being validated or recycled
   * @param leaving being destroyed
   * @param waiting borrowers in line
   */
  public record Sizes(
      int max, int minIdle, int idle, int lent, int creating, int busy, int leaving, int waiting) {
    /** All objects, those being made or destroyed included. */
    public int total() {
      return idle + lent + creating + busy + leaving;
    }
  }

  /** The share of the most objects that is lent. */
  public double utilisation() {
    return (double) sizes.lent / sizes.max;
  }

  /** How often that happened since the pool was opened. */
  public long count(PoolCount what) {
    return counts.getOrDefault(what, 0L);
  }
}
