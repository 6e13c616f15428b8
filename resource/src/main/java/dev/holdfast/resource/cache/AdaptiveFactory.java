package dev.holdfast.resource.cache;

/** Adaptive policies: those of one cache's shards share what they find out. */
final class AdaptiveFactory implements EvictionPolicy.Factory {

  /** The factory for one cache. */
  EvictionPolicy.Factory forCache(String name, long maximumWeight, int shards) {
    Rivalry rivalry = new Rivalry(name, maximumWeight);
    return share -> new AdaptivePolicy(share, rivalry, shards);
  }

  @Override
  public EvictionPolicy create(long maximumWeight) {
    return forCache("cache", maximumWeight, 1).create(maximumWeight);
  }
}
