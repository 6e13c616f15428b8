package dev.holdfast.resource.cache;

/**
 * Finds the value of a key that the cache does not have. It runs under no lock, in the thread that
 * missed (for a refresh or a warm-up, in a virtual thread), and may block and throw.
 *
 * @param <K> the key
 * @param <V> the value
 */
@FunctionalInterface
public interface CacheLoader<K, V> {
  /** The value, never null: cache an {@link java.util.Optional} to remember that there is none. */
  V load(K key) throws Exception;
}
