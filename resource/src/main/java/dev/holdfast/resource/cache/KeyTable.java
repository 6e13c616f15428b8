package dev.holdfast.resource.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a cache by their keys: a hash table whose links are the entries themselves, so
 * that a hit reads the array, then the entry, and nothing between.
 *
 * <p>Sharing: any thread looks, without a lock. A bucket belongs to one shard, which the lowest
 * bits of the hash code choose; the holder of that shard's lock changes it. The holder of all locks
 * may let the table grow. What a look finds stood there during the look. One that finds nothing
 * while the table grows may have been led astray, as entries move from one chain to another; it
 * waits for the end of that and looks again.
 *
 * <p>Cost: keys of the same hash code are found by walking over all of them. Growing takes some 20
 * ns an entry, in which nothing can be put.
 */
final class KeyTable<K, V> {
  private static final int BUCKETS_MIN = 16;
  private static final int BUCKETS_MAX = 1 << 30;
  private static final VarHandle BUCKET = MethodHandles.arrayElementVarHandle(Entry[].class);

  private final int shards;
  private volatile @Nullable Entry<K, V>[] buckets;

  /** Raised before entries move to a larger array, and after it: odd while they do. */
  private final AtomicInteger moves = new AtomicInteger();

  /** Held while entries move. */
  private final ReentrantLock moving = new ReentrantLock();

  /**
   * @param shards how many, a power of two
   */
  KeyTable(int shards) {
    this.shards = shards;
    buckets = newArray(Math.max(BUCKETS_MIN, shards));
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays have no type arguments
  private static <K, V> @Nullable Entry<K, V>[] newArray(int length) {
    return new Entry[length];
  }

  // ---- without a lock --------------------------------------------------------------------------

  /** The entry of the key; null if there is none. */
  @Nullable Entry<K, V> find(Object key, int hash) {
    Entry<K, V> found = look(key, hash);
    return found != null ? found : lookAgain(key, hash);
  }

  @SuppressWarnings("ReferenceEquality") // spares the call where it is the same object
  @Nullable Entry<K, V> look(Object key, int hash) {
    @Nullable Entry<K, V>[] array = buckets;
    Entry<K, V> entry = first(array, hash & (array.length - 1));
    while (entry != null) {
      if (entry.keyHash == hash && (entry.key == key || key.equals(entry.key))) {
        return entry;
      }
      entry = entry.next();
    }
    return null;
  }

  @SuppressWarnings("unchecked") // as newArray made it
  private static <K, V> @Nullable Entry<K, V> first(@Nullable Entry<K, V>[] array, int bucket) {
    return (Entry<K, V>) BUCKET.getAcquire(array, bucket);
  }

  /** Finds it, or that it was not there while nothing moved. */
  private @Nullable Entry<K, V> lookAgain(Object key, int hash) {
    int before = moves.get();
    Entry<K, V> found = look(key, hash);
    boolean moved = (before & 1) != 0 || moves.get() != before;
    return found == null && moved ? lookUnmoved(key, hash) : found;
  }

  private @Nullable Entry<K, V> lookUnmoved(Object key, int hash) {
    moving.lock();
    try {
      return look(key, hash);
    } finally {
      moving.unlock();
    }
  }

  // ---- under the lock of a shard ---------------------------------------------------------------

  /** Adds an entry whose key has none. */
  void add(Entry<K, V> entry) {
    link(buckets, entry);
  }

  private void link(@Nullable Entry<K, V>[] array, Entry<K, V> entry) {
    int bucket = entry.keyHash & (array.length - 1);
    entry.linkTo(array[bucket]);
    BUCKET.setRelease(array, bucket, entry);
  }

  /** Takes out an entry that is there; whoever stands on it finds on from there. */
  void remove(Entry<K, V> entry) {
    @Nullable Entry<K, V>[] array = buckets;
    int bucket = entry.keyHash & (array.length - 1);
    Entry<K, V> before = array[bucket];
    if (before == entry) {
      BUCKET.setRelease(array, bucket, entry.next());
      return;
    }
    while (before != null && before.next() != entry) {
      before = before.next();
    }
    if (before != null) {
      before.linkTo(entry.next());
    }
  }

  /** All entries of a shard. */
  List<Entry<K, V>> allOf(int shard) {
    List<Entry<K, V>> all = new ArrayList<>();
    @Nullable Entry<K, V>[] array = buckets;
    for (int bucket = shard; bucket < array.length; bucket += shards) {
      for (Entry<K, V> entry = array[bucket]; entry != null; entry = entry.next()) {
        all.add(entry);
      }
    }
    return all;
  }

  /** Whether a shard of so many entries has less than four buckets for three of them. */
  boolean isCrowdedBy(long entriesOfShard) {
    int length = buckets.length;
    return entriesOfShard > (length - (length >> 2)) / shards && length < BUCKETS_MAX;
  }

  // ---- under the locks of all shards -----------------------------------------------------------

  void grow() {
    @Nullable Entry<K, V>[] old = buckets;
    @Nullable Entry<K, V>[] larger = newArray(old.length * 2);
    moving.lock();
    try {
      moves.incrementAndGet();
      for (Entry<K, V> head : old) {
        for (Entry<K, V> entry = head; entry != null; ) {
          Entry<K, V> next = entry.next();
          link(larger, entry); // before those that moved earlier: no look goes round in a ring
          entry = next;
        }
      }
      buckets = larger;
      moves.incrementAndGet();
    } finally {
      moving.unlock();
    }
  }
}
