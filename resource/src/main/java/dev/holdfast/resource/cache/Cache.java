package dev.holdfast.resource.cache;

import java.time.Duration;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A bounded map that forgets: what is least worth keeping when it is full, what is too old always.
 *
 * <p>Sharing: by any number of threads. {@link #getIfPresent} of a present key takes no lock;
 * whatever changes the cache takes the lock of one shard for a moment. Loaders, weighers, listeners
 * and time-to-live functions run under no lock.
 *
 * <p>Lifetime: {@link #close} forgets everything and ends background work; a cache that is only
 * dropped is collected by the garbage collector all the same.
 *
 * <p>Memory effects: what a thread did before it put a value happens before what another thread
 * does with that value.
 *
 * <p>Cost: a hit is a hash code, an entry and its value, whatever the size; keys of the same hash
 * code are walked over one by one, so many of them make all of them slow. When the cache has
 * doubled, its table grows beside its use: puts and removals move a few entries each, none of them
 * all; until that is done, a miss takes a lock.
 *
 * <p>Errors: a failed load is a {@link CacheLoadException} and caches nothing; a closed cache
 * throws {@link IllegalStateException}; keys and values are never null.
 *
 * {@snippet :
 * try (Cache<Long, Customer> customers =
 *     Cache.<Long, Customer>builder()
 *         .maximumEntries(100_000)
 *         .expireAfterWrite(Duration.ofMinutes(10))
 *         .build()) {
 *   Customer customer = customers.get(42L, id -> database.customer(id));
 * }
 * }
 *
 * @param <K> what is looked up; equal keys must have equal hash codes that do not change
 * @param <V> what is found
 */
public interface Cache<K, V> extends AutoCloseable {
  /** Starts the description of a new cache in this process's heap. */
  static <K, V> CacheBuilder<K, V> builder() {
    return new CacheBuilder<>();
  }

  /** The value of the key, or null when there is none or its time is over. */
  @Nullable V getIfPresent(K key);

  /**
   * The value of the key, loaded if there is none. Of several threads that miss the same key at
   * once, one loads and the others wait for it. Who changes the key meanwhile wins: after a {@link
   * #put} those who wait get the value that was put; after a {@link #remove} or {@link #clear} the
   * loaded value goes to them, but not into the cache.
   *
   * @throws CacheLoadException if the loader failed
   * @throws IllegalStateException if the load would wait for itself, directly or through other
   *     threads
   */
  V get(K key, CacheLoader<? super K, ? extends V> loader);

  /** The values of those keys that have one. */
  Map<K, V> getAllPresent(Iterable<? extends K> keys);

  /**
   * The values of the keys; those that are neither present nor being loaded are loaded in one call.
   * Keys for which the loader gives no value are left out.
   *
   * @throws CacheLoadException if the loader failed
   */
  Map<K, V> getAll(Iterable<? extends K> keys, BulkLoader<K, V> loader);

  /**
   * Sets the value of the key, with the cache's time to live.
   *
   * @return whether it is cached: false if it weighs more than the cache may hold; what the key had
   *     before is gone all the same
   */
  boolean put(K key, V value);

  /** As {@link #put(Object, Object)}, with a time to live of its own instead of the cache's. */
  boolean put(K key, V value, Duration timeToLive);

  /** Sets the value of the key if it has none; the value it has otherwise, or null. */
  @Nullable V putIfAbsent(K key, V value);

  /** Forgets the key; the value it had, or null. */
  @Nullable V remove(K key);

  /** Forgets the key if it has this value; whether it had. */
  boolean remove(K key, V value);

  /** Forgets everything. Loads that are under way do not enter the cache any more. */
  void clear();

  /**
   * Loads those of the keys that are absent, several at a time, and waits for all. Failures are
   * counted, never thrown.
   *
   * @param parallelism how many loads run at once at most
   */
  WarmReport warm(
      Iterable<? extends K> keys, CacheLoader<? super K, ? extends V> loader, int parallelism);

  /** Forgets now what the background sweep would forget next; how many entries that were. */
  long sweep();

  /**
   * Calls the action for every present entry, under no lock, and without counting that as a use.
   * The entries of a shard are listed all at once, so 4 to 8 bytes each are taken meanwhile; what
   * comes or goes later may be seen or not.
   */
  void forEach(BiConsumer<? super K, ? super V> action);

  /** How many entries there are; some of them may have passed their time and await the sweep. */
  long size();

  /** The weight of all entries together; their number where no weigher is set. */
  long weight();

  /** What happened so far, and how full the cache is. */
  CacheStats stats();

  /** Forgets everything and refuses further use. Closing twice is no error. */
  @Override
  void close();
}
