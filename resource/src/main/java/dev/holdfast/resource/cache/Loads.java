package dev.holdfast.resource.cache;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Loads: one a key at a time, outside every lock.
 *
 * <p>A load is wanted while it stands in the table of loads. Whoever changes a key takes its load
 * out, under the shard's lock; a loaded value is published under the same lock, and only while its
 * load stands there. The load leaves the table after that: who misses the key finds the load or the
 * value, always one of them. So a value that was removed while it was loaded does not come back,
 * and one that was put is not overwritten: whoever waits for the load gets the value that was put.
 * To all of them it is as if they had asked after the put, or before the removal.
 *
 * <p>Every load ends, whatever its loader does: it is registered within the try that ends it, and
 * only where there is {@link StackRoom} to end it.
 */
final class Loads<K, V> {
  private final ConcurrentMap<K, Load<V>> underWay = new ConcurrentHashMap<>();
  private final HeapCache<K, V> cache;
  private final LongAdder loads = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder nanos = new LongAdder();

  Loads(HeapCache<K, V> cache) {
    this.cache = cache;
  }

  int underWay() {
    return underWay.size();
  }

  long count() {
    return loads.sum();
  }

  long failureCount() {
    return failures.sum();
  }

  long nanos() {
    return nanos.sum();
  }

  /** Makes the load of the key unwanted, if there is one. */
  void forget(K key) {
    underWay.remove(key);
  }

  /** Ends the load of the key, if there is one, with a value that somebody put meanwhile. */
  void forget(K key, V put) {
    Load<V> load = underWay.remove(key);
    if (load != null) {
      load.complete(put);
    }
  }

  void forgetAll() {
    underWay.clear();
  }

  /** Whether the load is still wanted. Called under the shard's lock. */
  boolean isWanted(K key, Load<V> load) {
    return underWay.get(key) == load;
  }

  V load(K key, CacheLoader<? super K, ? extends V> loader) {
    Objects.requireNonNull(loader, "loader");
    StackRoom.require();
    Load<V> mine = new Load<>();
    Load<V> first;
    try {
      first = underWay.putIfAbsent(key, mine);
      if (first == null) {
        run(key, mine, loader);
      }
    } catch (Throwable failure) {
      fail(key, mine, failure);
      throw thrown("load failed: key=" + key, failure);
    }
    return (first == null ? mine : first).await(key);
  }

  private void run(K key, Load<V> mine, CacheLoader<? super K, ? extends V> loader)
      throws Exception {
    V value = cache.peek(key); // somebody may have loaded it since this thread missed it
    if (value == null) {
      value = timed(1, () -> requireValue(key, loader.load(key)));
      cache.publish(key, value, mine);
    }
    complete(key, mine, value);
  }

  /**
   * Has the key loaded anew in a virtual thread while its old value stays in use. The load is
   * registered before this returns: whoever removes the key from then on makes it unwanted. Where
   * there is no room for it the value is there all the same, and a later hit tries again.
   */
  void refresh(Entry<K, V> entry, long now, CacheLoader<? super K, ? extends V> loader) {
    K key = entry.key();
    Load<V> mine;
    try {
      StackRoom.require();
      mine = new Load<>();
    } catch (StackOverflowError | OutOfMemoryError noRoom) {
      return;
    }
    if (!entry.claimRefresh(now)) {
      return;
    }
    try {
      Thread thread =
          Thread.ofVirtual()
              .name("holdfast-cache-refresh")
              .unstarted(() -> runRefresh(entry, mine, loader));
      mine.runIn(thread);
      if (cache.isPresent(entry, () -> underWay.putIfAbsent(key, mine) == null)) {
        thread.start();
      } else {
        cache.refreshLater(entry);
      }
    } catch (Throwable failure) {
      refreshFailed(entry, mine, failure);
    }
  }

  /** If the key was removed, its load still serves those who waited for it by then. */
  private void runRefresh(
      Entry<K, V> entry, Load<V> mine, CacheLoader<? super K, ? extends V> loader) {
    K key = entry.key();
    if (cache.isClosed()) {
      fail(key, mine, new IllegalStateException("the cache is closed"));
      return;
    }
    try {
      V value = timed(1, () -> requireValue(key, loader.load(key)));
      cache.publish(key, value, mine);
      complete(key, mine, value);
    } catch (Throwable failure) {
      refreshFailed(entry, mine, failure);
    }
  }

  /** Tells of it last: what else fails on the way does not keep a later refresh from being made. */
  private void refreshFailed(Entry<K, V> entry, Load<V> load, Throwable failure) {
    cache.refreshLater(entry);
    fail(entry.key(), load, failure);
    cache.tellRefreshFailed(entry, failure);
  }

  /** Loads these absent keys in one call; those that others load are waited for afterwards. */
  Map<K, V> loadAll(Iterable<K> keys, BulkLoader<K, V> loader) {
    Objects.requireNonNull(loader, "loader");
    StackRoom.require();
    Map<K, Load<V>> mine = new LinkedHashMap<>();
    Map<K, Load<V>> others = new HashMap<>();
    Map<K, V> found = new LinkedHashMap<>();
    try {
      keys.forEach(key -> claim(key, mine, others));
      takePresent(mine, found);
      if (!mine.isEmpty()) {
        runAll(mine, loader, found);
      }
    } catch (Throwable failure) {
      // No lambda: to link one takes much stack.
      for (Map.Entry<K, Load<V>> each : mine.entrySet()) {
        fail(each.getKey(), each.getValue(), failure);
      }
      throw thrown("load failed: keys=" + mine.keySet(), failure);
    }
    others.forEach((key, load) -> {
      V value = load.awaitIfAny(key);
      if (value != null) {
        found.put(key, value);
      }
    });
    return found;
  }

  private void claim(K key, Map<K, Load<V>> mine, Map<K, Load<V>> others) {
    Load<V> load = new Load<>();
    mine.put(key, load); // first: whatever fails from here on, the load is ended
    Load<V> other = underWay.putIfAbsent(key, load);
    if (other != null) {
      mine.remove(key);
      others.put(key, other);
    }
  }

  private void takePresent(Map<K, Load<V>> mine, Map<K, V> found) {
    for (Map.Entry<K, Load<V>> each : List.copyOf(mine.entrySet())) {
      V present = cache.peek(each.getKey());
      if (present != null) {
        complete(each.getKey(), each.getValue(), present);
        found.put(each.getKey(), each.getValue().await(each.getKey()));
        mine.remove(each.getKey());
      }
    }
  }

  private void runAll(Map<K, Load<V>> mine, BulkLoader<K, V> loader, Map<K, V> found)
      throws Exception {
    Map<K, V> loaded = timed(mine.size(), () -> loadAll(loader, Map.copyOf(mine).keySet()));
    for (Map.Entry<K, Load<V>> each : mine.entrySet()) {
      K key = each.getKey();
      V value = loaded.get(key);
      if (value != null) {
        cache.publish(key, value, each.getValue());
      }
      complete(key, each.getValue(), value);
      V outcome = each.getValue().awaitIfAny(key);
      if (outcome != null) {
        found.put(key, outcome);
      }
    }
  }

  @SuppressWarnings("NullAway") // a loader may break its word
  private Map<K, V> loadAll(BulkLoader<K, V> loader, Set<K> keys) throws Exception {
    Map<K, V> loaded = loader.loadAll(keys);
    if (loaded == null) {
      throw new IllegalArgumentException(
          "the bulk loader returned null: keys=%s; return an empty map if no key has a value"
              .formatted(keys));
    }
    return loaded;
  }

  private <T> T timed(int keys, Callable<T> load) throws Exception {
    CacheLoadEvent event = new CacheLoadEvent();
    event.begin();
    long start = System.nanoTime();
    boolean done = false;
    try {
      T value = load.call();
      done = true;
      return value;
    } finally {
      nanos.add(System.nanoTime() - start);
      (done ? loads : failures).add(keys);
      event.cache = cache.name();
      event.keys = keys;
      event.succeeded = done;
      event.commit();
    }
  }

  private void complete(K key, Load<V> load, @Nullable V value) {
    underWay.remove(key, load);
    load.complete(value);
  }

  private void fail(K key, Load<V> load, Throwable failure) {
    underWay.remove(key, load);
    load.fail(failure);
  }

  private static <V> V requireValue(Object key, @Nullable V value) {
    if (value == null) {
      throw new IllegalArgumentException(
          "the loader returned null: key=%s; cache an Optional to remember that there is no value"
              .formatted(key));
    }
    return value;
  }

  private static RuntimeException thrown(String message, Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    return new CacheLoadException(message, failure);
  }
}
