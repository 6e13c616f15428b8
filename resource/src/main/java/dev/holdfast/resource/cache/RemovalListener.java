package dev.holdfast.resource.cache;

/**
 * Is told, exactly once, of each value that left the cache. It runs under no lock, in the thread
 * that caused the removal (for the background sweep, in a virtual thread), after the removal is
 * visible. If it throws, the cache counts and logs that, and goes on.
 *
 * @param <K> the keys
 * @param <V> the values
 */
@FunctionalInterface
public interface RemovalListener<K, V> {
  /** A value has left the cache. */
  void onRemoval(K key, V value, RemovalCause cause);
}
