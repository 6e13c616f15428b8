package dev.holdfast.resource.cache;

/** The sums of what the shards count. */
final class ShardTotals {
  long entries;
  long weight;
  long evictions;
  long evictedWeight;
  long expirations;
  long rejections;
}
