package dev.holdfast.resource.cache;

/** The policies that come with the cache. */
public final class EvictionPolicies {
  private EvictionPolicies() {}

  /** Least recently used goes first. */
  public static EvictionPolicy.Factory lru() {
    return maximumWeight -> new LruPolicy();
  }
}
