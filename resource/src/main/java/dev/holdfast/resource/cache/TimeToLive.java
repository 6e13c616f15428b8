package dev.holdfast.resource.cache;

import java.time.Duration;

/**
 * Says how long a value may be used; called once a value, under no lock, before the cache changes.
 *
 * @param <K> the keys
 * @param <V> the values
 */
@FunctionalInterface
public interface TimeToLive<K, V> {
  /** The time to live from now, more than zero. */
  Duration of(K key, V value);
}
