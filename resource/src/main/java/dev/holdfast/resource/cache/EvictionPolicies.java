package dev.holdfast.resource.cache;

/**
 * The policies that come with the cache. Each decides in constant time, amortised over the hits;
 * all but {@link #lru} take no lock at a hit.
 */
public final class EvictionPolicies {
  private EvictionPolicies() {}

  /**
   * The one of LRU, LFU, S3-FIFO and W-TinyLFU that would hit most on what the cache is asked for,
   * as small simulations of all four on a sample of the keys tell; the usual choice. It starts as
   * S3-FIFO.
   */
  public static EvictionPolicy.Factory adaptive() {
    return new AdaptiveFactory();
  }

  /**
   * Least recently used goes first: the exact order of use, within each shard. Hits are buffered
   * and take the shard's lock now and then, which makes them several times as dear as with the
   * others.
   */
  public static EvictionPolicy.Factory lru() {
    return maximumWeight -> new LruPolicy();
  }

  /** Least frequently used goes first, with dynamic aging. */
  public static EvictionPolicy.Factory lfu() {
    return maximumWeight -> new LfuPolicy();
  }

  /** First in goes first. */
  public static EvictionPolicy.Factory fifo() {
    return maximumWeight -> new FifoPolicy();
  }

  /** S3-FIFO: quick demotion of what is used once. Gets nothing from a loop larger than itself. */
  public static EvictionPolicy.Factory s3Fifo() {
    return S3FifoPolicy::new;
  }

  /**
   * W-TinyLFU with a window of a tenth: what comes must have been seen more often than what goes.
   * Serves loops and scans; slow to follow where popularity moves.
   */
  public static EvictionPolicy.Factory tinyLfu() {
    return TinyLfuPolicy::new;
  }
}
