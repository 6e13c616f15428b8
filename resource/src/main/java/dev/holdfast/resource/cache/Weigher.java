package dev.holdfast.resource.cache;

/**
 * Says how much of a cache's maximum weight an entry takes; called once a value, under no lock.
 *
 * @param <K> the keys
 * @param <V> the values
 */
@FunctionalInterface
public interface Weigher<K, V> {
  /** The weight, 0 or more. An entry of weight 0 is never evicted for its weight. */
  long weigh(K key, V value);
}
