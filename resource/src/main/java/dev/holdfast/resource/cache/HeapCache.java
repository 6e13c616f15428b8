package dev.holdfast.resource.cache;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The cache in the heap, in shards.
 *
 * <p>A hit reads the entry, its value and its time, and tells the policy. Every change of a key's
 * mapping takes the lock of the key's shard, which guards the order of eviction, the timer wheel
 * and the sums; what the change removed is told to the listener after the lock.
 */
final class HeapCache<K, V> implements Cache<K, V> {
  private static final System.Logger LOG = System.getLogger("dev.holdfast.resource.cache");

  private final KeyTable<K, V> table;
  private final Shard<K, V>[] shards;
  private final CacheSettings<K, V> settings;
  private final CacheClock clock;
  private final long idleNanos;
  private final boolean slides;
  private final Loads<K, V> loads = new Loads<>(this);
  private final HitCounter hits = new HitCounter();
  private final LongAdder misses = new LongAdder();
  private final LongAdder listenerFailures = new LongAdder();
  private final AtomicBoolean sweeping = new AtomicBoolean();
  private final Lock growing = new ReentrantLock();
  private volatile boolean housekept;
  private volatile boolean closed;

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays have no type arguments
  HeapCache(CacheSettings<K, V> settings) {
    this.settings = settings;
    clock = new CacheClock(settings.clock());
    idleNanos = settings.times().idleNanos();
    slides = idleNanos != Entry.NEVER;
    int count = settings.shards();
    table = new KeyTable<>(count);
    shards = new Shard[count];
    EvictionPolicy.Factory policies = settings.policiesOfOneCache();
    for (int i = 0; i < count; i++) {
      long share = settings.maximumWeight() / count;
      shards[i] = new Shard<>(i, table, policies.create(share), share, clock.now());
    }
    if (settings.isTimed() || settings.refreshes()) {
      startHousekeeping();
    }
  }

  private void startHousekeeping() {
    if (!housekept) {
      synchronized (loads) {
        if (!housekept) {
          Housekeeper.SHARED.lookAfter(this, settings.sweepNanos());
          housekept = true; // not if that failed: the next one tries again
        }
      }
    }
  }

  String name() {
    return settings.name();
  }

  Shard<K, V>[] shards() {
    return shards;
  }

  int loadsUnderWay() {
    return loads.underWay();
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public @Nullable V getIfPresent(K key) {
    Entry<K, V> entry = find(key);
    V value = entry == null ? null : use(entry);
    if (value == null) {
      missed();
    }
    return value;
  }

  @Override
  public V get(K key, CacheLoader<? super K, ? extends V> loader) {
    Entry<K, V> entry = find(key);
    V value = entry == null ? null : use(entry);
    if (entry == null || value == null) {
      missed();
      return loads.load(key, loader);
    }
    if (settings.refreshes() && entry.isRefreshDue(clock.coarse())) {
      loads.refresh(entry, clock.coarse(), loader);
    }
    return value;
  }

  private void missed() {
    requireOpen();
    misses.increment();
  }

  /** The value of an entry that was asked for, noted as a use; null if its time is over. */
  @SuppressWarnings("ReferenceEquality") // whether a writer set another value, equal or not
  private @Nullable V use(Entry<K, V> entry) {
    V value = entry.value();
    long expiresAt = entry.expiresAt;
    long now = clock.coarse();
    if (expiresAt <= now) {
      return useConfirmed(entry);
    }
    if (slides) {
      entry.slide(expiresAt, now, idleNanos);
    }
    if (value != entry.value()) { // replaced meanwhile: the time may be the new value's
      return use(entry);
    }
    hits.increment();
    shard(entry.keyHash).onHit(entry);
    return value;
  }

  /** Under the lock there is no writer between a value and its time. */
  private @Nullable V useConfirmed(Entry<K, V> seen) {
    Removals<K, V> removals = removals();
    Shard<K, V> shard = shard(seen.keyHash);
    Entry<K, V> entry;
    V value;
    shard.lock.lock();
    try {
      entry = shard.freshEntry(seen.key(), seen.keyHash, clock.now(), removals);
      value = entry == null ? null : entry.value();
    } finally {
      shard.lock.unlock();
    }
    removals.tell(this::listenerFailed);
    if (entry != null) {
      hits.increment();
      shard.onHit(entry);
    }
    return value;
  }

  /** The value of the key, not noted as a use. */
  @Nullable V peek(K key) {
    Entry<K, V> entry = find(key);
    return entry == null || entry.isExpired(clock.now()) ? null : entry.value();
  }

  @Override
  public Map<K, V> getAllPresent(Iterable<? extends K> keys) {
    Map<K, V> found = new LinkedHashMap<>();
    for (K key : keys) {
      V value = getIfPresent(key);
      if (value != null) {
        found.put(key, value);
      }
    }
    return found;
  }

  @Override
  public Map<K, V> getAll(Iterable<? extends K> keys, BulkLoader<K, V> loader) {
    Map<K, V> found = new LinkedHashMap<>();
    Set<K> absent = new LinkedHashSet<>();
    for (K key : keys) {
      V value = found.containsKey(key) || absent.contains(key) ? null : getIfPresent(key);
      if (value != null) {
        found.put(key, value);
      } else if (!found.containsKey(key)) {
        absent.add(key);
      }
    }
    if (!absent.isEmpty()) {
      found.putAll(loads.loadAll(absent, loader));
    }
    return found;
  }

  @Override
  public boolean put(K key, V value) {
    return put(key, value, null, null);
  }

  @Override
  public boolean put(K key, V value, Duration timeToLive) {
    return put(key, value, Objects.requireNonNull(timeToLive, "timeToLive"), null);
  }

  /** Caches a loaded value, if its load is still wanted. */
  void publish(K key, V value, Load<V> load) {
    put(key, value, null, load);
  }

  private boolean put(K key, V value, @Nullable Duration own, @Nullable Load<V> load) {
    Objects.requireNonNull(value, "value");
    int hash = Hashes.spread(key.hashCode());
    Incoming<K, V> incoming = settings.incoming(key, value, own, hash, clock.now());
    if (incoming.times().isLimited()) {
      startHousekeeping();
    }
    Removals<K, V> removals = removals();
    Shard<K, V> shard = shard(hash);
    boolean cached = false;
    shard.lock.lock();
    try {
      if (load == null) {
        requireOpen();
        cached = shard.put(incoming, clock.now(), removals);
        loads.forget(key, value); // not earlier: a load that begins now finds the value
      } else if (loads.isWanted(key, load) && !closed) {
        cached = shard.put(incoming, clock.now(), removals);
      }
    } finally {
      shard.lock.unlock();
    }
    removals.tell(this::listenerFailed);
    growIfCrowded(shard);
    return cached;
  }

  /** Not within the lock of one shard, as it takes all of them. One thread does it. */
  private void growIfCrowded(Shard<K, V> shard) {
    if (shard.isCrowded() && growing.tryLock()) {
      try {
        if (shard.isCrowded()) { // nobody else was faster
          growInto(table.larger());
        }
      } finally {
        growing.unlock();
      }
    }
  }

  private void growInto(@Nullable Entry<K, V>[] larger) {
    int locked = 0;
    try {
      for (; locked < shards.length; locked++) {
        shards[locked].lock.lock();
      }
      table.grow(larger);
    } finally {
      while (locked > 0) {
        shards[--locked].lock.unlock();
      }
    }
  }

  @Override
  public @Nullable V putIfAbsent(K key, V value) {
    Objects.requireNonNull(value, "value");
    int hash = Hashes.spread(key.hashCode());
    Incoming<K, V> incoming = settings.incoming(key, value, null, hash, clock.now());
    Removals<K, V> removals = removals();
    Shard<K, V> shard = shard(hash);
    Entry<K, V> present;
    shard.lock.lock();
    try {
      requireOpen();
      present = shard.freshEntry(key, hash, clock.now(), removals);
      if (present == null) {
        shard.put(incoming, clock.now(), removals);
        loads.forget(key, value);
      }
    } finally {
      shard.lock.unlock();
    }
    removals.tell(this::listenerFailed);
    growIfCrowded(shard);
    return present == null ? null : present.value();
  }

  @Override
  public @Nullable V remove(K key) {
    return removeIf(key, null);
  }

  @Override
  public boolean remove(K key, V value) {
    return removeIf(key, Objects.requireNonNull(value, "value")) != null;
  }

  private @Nullable V removeIf(K key, @Nullable V expected) {
    Removals<K, V> removals = removals();
    int hash = Hashes.spread(key.hashCode());
    Shard<K, V> shard = shard(hash);
    V removed = null;
    shard.lock.lock();
    try {
      requireOpen();
      Entry<K, V> entry = shard.freshEntry(key, hash, clock.now(), removals);
      if (expected == null) {
        loads.forget(key);
      }
      if (entry != null && (expected == null || expected.equals(entry.value()))) {
        loads.forget(key);
        removed = entry.value();
        shard.remove(entry, removals);
      }
    } finally {
      shard.lock.unlock();
    }
    removals.tell(this::listenerFailed);
    return removed;
  }

  @Override
  public void clear() {
    requireOpen();
    forgetEverything();
  }

  private void forgetEverything() {
    loads.forgetAll();
    for (Shard<K, V> shard : shards) {
      Removals<K, V> removals = removals();
      shard.lock.lock();
      try {
        shard
            .all()
            .forEach(entry -> {
              loads.forget(entry.key()); // a refresh that began meanwhile
              shard.remove(entry, removals);
            });
      } finally {
        shard.lock.unlock();
      }
      removals.tell(this::listenerFailed);
    }
  }

  @Override
  public WarmReport warm(
      Iterable<? extends K> keys, CacheLoader<? super K, ? extends V> loader, int parallelism) {
    requireOpen();
    return new Warming<K, V>(this, loads, loader).run(keys, parallelism);
  }

  @Override
  public long sweep() {
    requireOpen();
    CacheSweepEvent event = new CacheSweepEvent();
    event.begin();
    long swept = 0;
    for (Shard<K, V> shard : shards) {
      int some;
      do {
        some = sweepSome(shard);
        swept += some;
      } while (some > 0);
    }
    if (swept > 0) {
      event.cache = name();
      event.expired = swept;
      event.commit();
    }
    return swept;
  }

  private int sweepSome(Shard<K, V> shard) {
    Removals<K, V> removals = removals();
    int some;
    shard.lock.lock();
    try {
      some = shard.expireSome(clock.now(), removals);
    } finally {
      shard.lock.unlock();
    }
    removals.tell(this::listenerFailed);
    return some;
  }

  /** Sweeps on a virtual thread, as listeners may take their time; one sweep at a time. */
  void sweepInBackground() {
    if (sweeping.compareAndSet(false, true)) {
      try {
        Thread.ofVirtual().name("holdfast-cache-sweep").start(this::sweepThenFree);
      } catch (Throwable notStarted) {
        sweeping.set(false);
        throw notStarted;
      }
    }
  }

  private void sweepThenFree() {
    try {
      if (!closed) {
        sweep();
      }
    } finally {
      sweeping.set(false);
    }
  }

  @Override
  public void forEach(BiConsumer<? super K, ? super V> action) {
    requireOpen();
    for (Shard<K, V> shard : shards) {
      for (Entry<K, V> entry : allOf(shard)) {
        if (!entry.isExpired(clock.now())) {
          action.accept(entry.key(), entry.value());
        }
      }
    }
  }

  private List<Entry<K, V>> allOf(Shard<K, V> shard) {
    shard.lock.lock();
    try {
      return shard.all();
    } finally {
      shard.lock.unlock();
    }
  }

  @Override
  public long size() {
    return totals().entries;
  }

  @Override
  public long weight() {
    return totals().weight;
  }

  @Override
  public CacheStats stats() {
    ShardTotals totals = totals();
    return new CacheStats(
        hits.sum(),
        misses.sum(),
        loads.count(),
        loads.failureCount(),
        loads.nanos(),
        totals.evictions,
        totals.evictedWeight,
        totals.expirations,
        totals.rejections,
        listenerFailures.sum(),
        totals.entries,
        totals.weight);
  }

  private ShardTotals totals() {
    ShardTotals totals = new ShardTotals();
    for (Shard<K, V> shard : shards) {
      shard.lock.lock();
      try {
        shard.addTo(totals);
      } finally {
        shard.lock.unlock();
      }
    }
    return totals;
  }

  @Override
  public void close() {
    closed = true;
    forgetEverything(); // a put that saw the cache open had the lock before this takes it
  }

  /** Whether the cache is open, has this very entry, and, under the lock of its shard, agrees. */
  boolean isPresent(Entry<K, V> entry, BooleanSupplier and) {
    Shard<K, V> shard = shard(entry.keyHash);
    shard.lock.lock();
    try {
      return !closed && shard.has(entry) && and.getAsBoolean();
    } finally {
      shard.lock.unlock();
    }
  }

  void refreshLater(Entry<K, V> entry) {
    entry.refreshAgainAt(Times.add(clock.now(), settings.times().refreshNanos()));
  }

  void tellRefreshFailed(Entry<K, V> entry, Throwable failure) {
    LOG.log(
        System.Logger.Level.WARNING,
        "a refresh failed, the old value stays: cache=%s, key=".formatted(name()) + entry.key(),
        failure);
  }

  private void listenerFailed(Throwable failure) {
    listenerFailures.increment();
    LOG.log(System.Logger.Level.WARNING, "a removal listener failed: cache=" + name(), failure);
  }

  private @Nullable Entry<K, V> find(K key) {
    int hash = Hashes.spread(key.hashCode());
    Entry<K, V> found = table.look(key, hash);
    return found != null ? found : table.lookAgain(key, hash, shard(hash).lock);
  }

  private Shard<K, V> shard(int hash) {
    return shards[hash & (shards.length - 1)];
  }

  private Removals<K, V> removals() {
    return new Removals<>(settings.listener());
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the cache is closed");
    }
  }
}
