package dev.holdfast.resource.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a cache by their keys: a hash table whose links are the entries themselves, so
 * that a hit reads the array, then the entry, and nothing between.
 *
 * <p>Sharing: any thread looks, without a lock. A bucket belongs to one shard, which the lowest
 * bits of the hash code choose; the holder of that shard's lock changes it. What a look finds stood
 * there during the look.
 *
 * <p>To grow, the holder of all locks adds an array of twice the length, and from then on whoever
 * holds a shard's lock moves the bucket it comes for, and some more of that shard. A look that
 * finds nothing meanwhile may have been led astray, as entries move from one chain to another; it
 * looks again under the lock.
 *
 * <p>Cost: keys of the same hash code are found by walking over all of them. While the table grows,
 * who adds, removes or hits one that has not moved moves two buckets more than its own.
 */
final class KeyTable<K, V> {
  private static final int BUCKETS_MIN = 16;
  private static final int BUCKETS_MAX = 1 << 30;

  /** With this many at a time a shard has moved its buckets before it has added as many entries. */
  private static final int BUCKETS_MOVED_BESIDE = 2;

  private static final VarHandle BUCKET = MethodHandles.arrayElementVarHandle(Entry[].class);

  private final int shards;
  private volatile @Nullable Entry<K, V>[] buckets;

  /** Counts the beginnings and ends of growth: odd while entries move. */
  private final AtomicInteger growths = new AtomicInteger();

  // While entries move: where from; each shard's next bucket; how many shards are not done yet.
  private volatile @Nullable Entry<K, V> @Nullable [] smaller;
  private final int[] nextToMove;
  private final AtomicInteger shardsToMove = new AtomicInteger();

  /**
   * @param shards how many, a power of two
   */
  KeyTable(int shards) {
    this.shards = shards;
    nextToMove = new int[shards];
    buckets = newArray(Math.max(BUCKETS_MIN, shards));
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays have no type arguments
  private static <K, V> @Nullable Entry<K, V>[] newArray(int length) {
    return new Entry[length];
  }

  // ---- without a lock --------------------------------------------------------------------------

  /** The entry of the key; null if there is none, or it has to be looked for again. */
  @Nullable Entry<K, V> look(Object key, int hash) {
    return look(buckets, key, hash);
  }

  @SuppressWarnings("ReferenceEquality") // spares the call where it is the same object
  private static <K, V> @Nullable Entry<K, V> look(
      @Nullable Entry<K, V>[] array, Object key, int hash) {
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

  /** The entry of the key; null if there is none. */
  @Nullable Entry<K, V> lookAgain(Object key, int hash, Lock ofShard) {
    int before = growths.get();
    Entry<K, V> found = look(buckets, key, hash);
    @Nullable Entry<K, V> @Nullable [] unmoved = smaller;
    if (found == null && unmoved != null) {
      found = look(unmoved, key, hash);
      if (found != null) {
        moveIfNobodyIsInTheWay(ofShard, hash);
      }
    }
    boolean still = (before & 1) == 0 && growths.get() == before;
    return found != null || still ? found : findUnder(ofShard, key, hash);
  }

  /** So that the next hit is a short one, also where nothing is added any more. */
  private void moveIfNobodyIsInTheWay(Lock ofShard, int hash) {
    if (ofShard.tryLock()) {
      try {
        moveFor(hash);
      } finally {
        ofShard.unlock();
      }
    }
  }

  private @Nullable Entry<K, V> findUnder(Lock ofShard, Object key, int hash) {
    ofShard.lock();
    try {
      return find(key, hash);
    } finally {
      ofShard.unlock();
    }
  }

  // ---- under the lock of the shard -------------------------------------------------------------

  /** The entry of the key; null if there is none. */
  @Nullable Entry<K, V> find(Object key, int hash) {
    moveFor(hash);
    return look(buckets, key, hash);
  }

  /** Adds an entry whose key has none. */
  void add(Entry<K, V> entry) {
    moveFor(entry.keyHash);
    link(entry);
  }

  private void link(Entry<K, V> entry) {
    @Nullable Entry<K, V>[] array = buckets;
    int bucket = entry.keyHash & (array.length - 1);
    entry.linkTo(array[bucket]);
    BUCKET.setRelease(array, bucket, entry);
  }

  /** Takes out an entry that is there; whoever stands on it finds on from there. */
  void remove(Entry<K, V> entry) {
    moveFor(entry.keyHash);
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
    moveOn(shard, Integer.MAX_VALUE);
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

  // ---- growing ---------------------------------------------------------------------------------

  /** An array to grow into; to make it takes time, so no lock of a shard is held. */
  @Nullable Entry<K, V>[] larger() {
    return newArray(buckets.length * 2);
  }

  /** Begins to grow into such an array. The locks of all shards are held. */
  void grow(@Nullable Entry<K, V>[] larger) {
    for (int shard = 0; shard < shards; shard++) {
      moveOn(shard, Integer.MAX_VALUE); // what an earlier growth left
      nextToMove[shard] = shard;
    }
    shardsToMove.set(shards);
    growths.incrementAndGet();
    smaller = buckets;
    buckets = larger;
  }

  /** What belongs to a hash code stands in the larger array afterwards. */
  private void moveFor(int hash) {
    @Nullable Entry<K, V> @Nullable [] from = smaller;
    if (from != null) {
      move(from, hash & (from.length - 1));
      moveOn(hash & (shards - 1), BUCKETS_MOVED_BESIDE);
    }
  }

  private void moveOn(int shard, int some) {
    @Nullable Entry<K, V> @Nullable [] from = smaller;
    int bucket = nextToMove[shard];
    if (from == null || bucket >= from.length) {
      return;
    }
    for (int i = 0; i < some && bucket < from.length; i++) {
      move(from, bucket);
      bucket += shards;
    }
    nextToMove[shard] = bucket;
    if (bucket >= from.length && shardsToMove.decrementAndGet() == 0) {
      smaller = null;
      growths.incrementAndGet();
    }
  }

  private void move(@Nullable Entry<K, V>[] from, int bucket) {
    Entry<K, V> entry = from[bucket];
    while (entry != null) {
      Entry<K, V> next = entry.next();
      link(entry); // before those that moved earlier: no look goes round in a ring
      entry = next;
    }
    from[bucket] = null;
  }
}
