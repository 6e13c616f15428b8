package dev.holdfast.resource.cache;

import java.util.Map;
import java.util.Set;

/**
 * Finds the values of many keys in one call, under no lock.
 *
 * @param <K> the keys
 * @param <V> the values
 */
@FunctionalInterface
public interface BulkLoader<K, V> {
  /** Values of the keys; a key without a value is left out, a key not asked for is ignored. */
  Map<K, V> loadAll(Set<K> keys) throws Exception;
}
