package dev.holdfast.resource.cache;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The entries whose keys' hash codes fall to it: their order of eviction, their times, their
 * weight. They are found without a lock, and change under it.
 */
final class Shard<K, V> {
  private static final int EXPIRED_AT_ONCE_MAX = 256;

  final ReentrantLock lock = new ReentrantLock();
  final EvictionPolicy policy;
  private final @Nullable HitBuffer hits;
  private final int index;
  private final KeyTable<K, V> table;
  private final TimerWheel<K, V> wheel;
  private final long maximumWeight;

  // Which hits are news to the policy, as it said last: at first, all are. Racy.
  private int fullMark;
  private int listensTo;

  private long weight;
  private long entries;
  private long evictions;
  private long evictedWeight;
  private long expirations;
  private long rejections;

  /**
   * @param index what the lowest bits of its keys' hash codes are
   */
  Shard(int index, KeyTable<K, V> table, EvictionPolicy policy, long maximumWeight, long now) {
    this.index = index;
    this.table = table;
    this.policy = policy;
    this.maximumWeight = maximumWeight;
    hits = policy.hits() == EvictionPolicy.Hits.BUFFERED ? new HitBuffer() : null;
    wheel = new TimerWheel<>(now);
    askWhatIsNews();
  }

  /** Tells the policy of a hit, unless that is not news to it. */
  void onHit(Entry<K, V> entry) {
    if (entry.mark != fullMark || (entry.keyHash & listensTo) == 0) {
      tell(entry);
    }
  }

  /** Takes no lock unless it is free and the buffer full. */
  private void tell(Entry<K, V> entry) {
    if (hits == null) {
      policy.onHit(entry);
    } else if (hits.offer(entry) && lock.tryLock()) {
      try {
        drainHits();
      } finally {
        lock.unlock();
      }
    }
  }

  private void askWhatIsNews() {
    if (policy instanceof Marking marking) {
      fullMark = marking.fullMark();
      listensTo = marking.listensTo();
    }
  }

  /** All of them. The lock is held. */
  List<Entry<K, V>> all() {
    return table.allOf(index);
  }

  /** Whether the table should grow; a guess without the lock. */
  boolean isCrowded() {
    return table.isCrowdedBy(entries);
  }

  private void drainHits() {
    if (hits != null) {
      hits.drain(policy);
    }
  }

  /** Sets a value; whether it is cached. The lock is held. */
  boolean put(Incoming<K, V> incoming, long now, Removals<K, V> removals) {
    drainHits();
    Entry<K, V> present = freshEntry(incoming.key(), incoming.keyHash(), now, removals);
    if (incoming.weight() > maximumWeight) {
      rejections++;
      if (present != null) {
        drop(present, RemovalCause.REPLACED, removals);
      }
      return false;
    }
    if (present == null) {
      insert(incoming, now);
    } else {
      replace(present, incoming, now, removals);
    }
    evict(now, removals);
    askWhatIsNews();
    return true;
  }

  private void insert(Incoming<K, V> incoming, long now) {
    Entry<K, V> entry =
        new Entry<>(incoming.key(), incoming.value(), incoming.keyHash(), incoming.weight(), this);
    entry.time(incoming.times(), now);
    table.add(entry);
    entries++;
    weight += entry.weight;
    wheel.schedule(entry);
    rank(entry);
  }

  private void replace(
      Entry<K, V> entry, Incoming<K, V> incoming, long now, Removals<K, V> removals) {
    removals.add(entry, RemovalCause.REPLACED);
    entry.value = incoming.value();
    entry.time(incoming.times(), now);
    wheel.schedule(entry);
    reweigh(entry, incoming.weight());
  }

  private void reweigh(Entry<K, V> entry, long newWeight) {
    long oldWeight = entry.weight;
    weight += newWeight - oldWeight;
    if (entry.ranked && newWeight == 0) {
      unrank(entry);
    }
    entry.weight = newWeight;
    if (entry.ranked) {
      policy.onUpdate(entry, oldWeight);
    } else {
      rank(entry);
    }
  }

  /** The policy is told of entries that weigh something: the others never are in the way. */
  private void rank(Entry<K, V> entry) {
    if (entry.weight > 0) {
      entry.ranked = true;
      policy.onInsert(entry);
    }
  }

  private void unrank(Entry<K, V> entry) {
    if (entry.ranked) {
      entry.ranked = false;
      policy.onRemove(entry);
    }
  }

  /** The entry of the key, unless its time is over: then it goes. The lock is held. */
  @Nullable Entry<K, V> freshEntry(K key, int hash, long now, Removals<K, V> removals) {
    Entry<K, V> entry = table.find(key, hash);
    if (entry != null && entry.isExpired(now)) {
      expire(entry, removals);
      return null;
    }
    return entry;
  }

  /** Whether this very entry is in the cache. The lock is held. */
  @SuppressWarnings("ReferenceEquality")
  boolean has(Entry<K, V> entry) {
    return table.find(entry.key(), entry.keyHash) == entry;
  }

  /** Takes an entry out. The lock is held. */
  void remove(Entry<K, V> entry, Removals<K, V> removals) {
    drainHits();
    drop(entry, RemovalCause.REMOVED, removals);
  }

  private void expire(Entry<K, V> entry, Removals<K, V> removals) {
    expirations++;
    drop(entry, RemovalCause.EXPIRED, removals);
  }

  private void drop(Entry<K, V> entry, RemovalCause cause, Removals<K, V> removals) {
    unrank(entry);
    leave(entry, cause, removals);
  }

  private void leave(Entry<K, V> entry, RemovalCause cause, Removals<K, V> removals) {
    wheel.cancel(entry);
    table.remove(entry);
    entries--;
    weight -= entry.weight;
    removals.add(entry, cause);
  }

  private void evict(long now, Removals<K, V> removals) {
    if (weight > maximumWeight) {
      expireSome(now, removals);
    }
    while (weight > maximumWeight) {
      Entry<K, V> victim = victim();
      victim.ranked = false;
      evictions++;
      evictedWeight += victim.weight;
      leave(victim, RemovalCause.EVICTED, removals);
    }
  }

  @SuppressWarnings("unchecked") // this shard's policy knows this shard's entries only
  private Entry<K, V> victim() {
    PolicyNode node = policy.nextVictim();
    if (node instanceof Entry<?, ?> entry && entry.shard == this && entry.ranked) {
      return (Entry<K, V>) entry;
    }
    throw new IllegalStateException(
        "the eviction policy's victim is no entry of its shard: policy=%s, victim=%s"
            .formatted(policy, node));
  }

  /** Removes ended entries, not more than a few; how many. The lock is held. */
  int expireSome(long now, Removals<K, V> removals) {
    drainHits();
    int expired = 0;
    while (expired < EXPIRED_AT_ONCE_MAX) {
      Entry<K, V> ended = wheel.pollExpired(now);
      if (ended == null) {
        break;
      }
      expire(ended, removals);
      expired++;
    }
    return expired;
  }

  long maximumWeight() {
    return maximumWeight;
  }

  long scheduled() {
    return wheel.size();
  }

  /** Adds this shard's figures. The lock is held. */
  void addTo(ShardTotals totals) {
    totals.entries += entries;
    totals.weight += weight;
    totals.evictions += evictions;
    totals.evictedWeight += evictedWeight;
    totals.expirations += expirations;
    totals.rejections += rejections;
  }
}
