package dev.holdfast.resource.cache.shared;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import dev.holdfast.region.NameTakenException;
import dev.holdfast.region.ParticipantInfo;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionNotFoundException;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceEvent;
import dev.holdfast.region.Subscription;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A cache that processes share: fixed memory, eviction, time to live.
 *
 * <p><b>Sharing.</b> Any thread of any process of the space, in Java and Python. Lock-free between
 * processes: whoever is stopped or killed holds up nobody.
 *
 * <p><b>Lifetime.</b> The cache is a region, and goes when that goes. A process that is killed in
 * the middle of a put leaves its half-made entry, which is given back when the space notices the
 * death; the key keeps the value it had. One that is killed while reading leaves nothing.
 *
 * <p><b>Memory effects.</b> What was done before a put happens before what is done after a get that
 * returns its value.
 *
 * <p><b>Cost.</b> A hit copies the value out: 0.1 to 0.4 µs for small ones, by how near to the
 * processor they are. An entry takes 64 bytes, 21 to 43 for its cell, and its blocks with 16 bytes
 * each. No shared memory is ever allocated after the cache was made.
 *
 * <p><b>Errors.</b> An entry larger than {@link #entryBytesMax} is an {@link
 * IllegalArgumentException}; no room is a {@code false}; use after close an {@link
 * IllegalStateException}.
 *
 * <pre>{@code
 * try (SharedCache<String, byte[]> pages = SharedCache.openOrCreate(space, spec)) {
 *   byte[] page = pages.get("/index", path -> render(path));
 * }
 * }</pre>
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class SharedCache<K, V> implements AutoCloseable {
  private static final Duration MAKING_TIME = Duration.ofSeconds(10);
  private static final long PAUSE_NANOS = 1_000_000;

  private final Region region;
  private final CacheCodec<K> keys;
  private final CacheCodec<V> values;
  private final EntryTable table;
  private final CacheGeometry geometry;
  private final long timeToLiveNanos;
  private final Subscription deaths;

  /** Changes share it, close takes it alone: no put is cut off between two of its stores. */
  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();

  private boolean closed; // guarded by the gate

  private SharedCache(Space space, Region region, CacheCodec<K> keys, CacheCodec<V> values) {
    Words words = Platform.current().words(region.segment());
    CacheHeader header = requireHeader(region, words, keys, values);
    ParticipantInfo self = space.self();
    if (self.slot() >= header.geometry().seats()) {
      throw new SharedCacheException(
          "cache has no seat for this participant: region=%s, seats=%d, slot=%d; it was made when the space had lower limits, remove and make it again"
              .formatted(region.name(), header.geometry().seats(), self.slot()));
    }
    this.region = region;
    this.keys = keys;
    this.values = values;
    this.geometry = header.geometry();
    this.timeToLiveNanos = header.timeToLiveNanos();
    Platform platform = Platform.current();
    this.table =
        new EntryTable(
            new CacheMemory(words, geometry, header.hashSeed()),
            self.slot(),
            living(space),
            platform::monotonicNanos);
    table.seats().take(self.handle());
    table.seats().recoverDead();
    this.deaths = space.listen(this::onEvent);
  }

  private static CacheHeader requireHeader(
      Region region, Words words, CacheCodec<?> keys, CacheCodec<?> values) {
    CacheHeader header = CacheHeader.read(words, region.name());
    CacheHeader.requireEqual(
        region.name(), "keys", header.keyCodec(), keys.name(), "open it with its codecs");
    CacheHeader.requireEqual(
        region.name(), "values", header.valueCodec(), values.name(), "open it with its codecs");
    return header;
  }

  private static Supplier<Set<Long>> living(Space space) {
    return () ->
        space.participants().stream()
            .filter(ParticipantInfo::alive)
            .map(ParticipantInfo::handle)
            .collect(Collectors.toUnmodifiableSet());
  }

  // ---- opening ---------------------------------------------------------------------------------

  /**
   * Opens a cache that exists, whatever its size.
   *
   * @throws RegionNotFoundException if there is no such region
   * @throws SharedCacheException if it is not a cache with these codecs
   */
  public static <K, V> SharedCache<K, V> open(
      Space space, String name, CacheCodec<K> keys, CacheCodec<V> values) {
    return over(space, space.writableRegion(name), keys, values);
  }

  /**
   * Opens the cache of that name, and makes it if there is none. Nobody finds one half-made: its
   * region cannot be opened before its header stands in it, and goes if its maker dies before.
   *
   * @throws SharedCacheException if a region of that name is not a cache, or one with other codecs,
   *     size, shape or time to live, which is left as it is; or if who makes it lives but has not
   *     finished it in 10 s
   */
  public static <K, V> SharedCache<K, V> openOrCreate(Space space, SharedCacheSpec<K, V> spec) {
    return openOrCreate(space, spec, MAKING_TIME);
  }

  static <K, V> SharedCache<K, V> openOrCreate(
      Space space, SharedCacheSpec<K, V> spec, Duration makingTime) {
    long deadline = System.nanoTime() + makingTime.toNanos();
    while (true) {
      try {
        Region region = space.writableRegion(spec.name());
        return requireAs(spec, over(space, region, spec.keys(), spec.values()));
      } catch (RegionNotFoundException none) {
        try {
          return create(space, spec);
        } catch (NameTakenException somebodyElseWasFaster) {
          requireBefore(deadline, makingTime, somebodyElseWasFaster);
          LockSupport.parkNanos(PAUSE_NANOS); // then it can be opened soon
        }
      }
    }
  }

  private static void requireBefore(long deadline, Duration makingTime, NameTakenException last) {
    if (System.nanoTime() - deadline >= 0) {
      throw new SharedCacheException(
          "cache could be neither opened nor made: waited=%s; its maker lives but has not finished it: %s"
              .formatted(makingTime, last.getMessage()));
    }
  }

  private static <K, V> SharedCache<K, V> create(Space space, SharedCacheSpec<K, V> spec) {
    SecureRandom random = new SecureRandom();
    CacheHeader header =
        new CacheHeader(
            spec.geometry(space.usage().limits().participants()),
            spec.timeToLiveNanos(),
            random.nextLong(),
            Platform.current().epochNanos(),
            random.nextLong(),
            spec.keys().name(),
            spec.values().name());
    Region region =
        space.create(spec.region(), bytes -> header.writeTo(Platform.current().words(bytes)));
    return over(space, region, spec.keys(), spec.values());
  }

  private static <K, V> SharedCache<K, V> over(
      Space space, Region region, CacheCodec<K> keys, CacheCodec<V> values) {
    boolean opened = false;
    try {
      SharedCache<K, V> cache = new SharedCache<>(space, region, keys, values);
      opened = true;
      SharedCacheEvents.opened(cache);
      return cache;
    } finally {
      if (!opened) {
        region.close();
      }
    }
  }

  private static <K, V> SharedCache<K, V> requireAs(
      SharedCacheSpec<K, V> spec, SharedCache<K, V> cache) {
    boolean same = false;
    try {
      CacheGeometry wanted = spec.geometry(cache.geometry.seats());
      String hint = "open it as it is, or remove it";
      CacheHeader.requireEqual(spec.name(), "shape", cache.geometry, wanted, hint);
      CacheHeader.requireEqual(
          spec.name(),
          "time to live",
          Duration.ofNanos(cache.timeToLiveNanos),
          Duration.ofNanos(spec.timeToLiveNanos()),
          hint);
      same = true;
      return cache;
    } finally {
      if (!same) {
        cache.close();
      }
    }
  }

  // ---- use -------------------------------------------------------------------------------------

  /** The value of a key, or null if there is none or its time is over. */
  public @Nullable V getIfPresent(K key) {
    return decoded(table.get(keys.encode(key)));
  }

  /**
   * The value of a key, loaded and put if there is none. Two that miss at once both load. A value
   * for which there is no room, be it larger than {@link #entryBytesMax()}, is given back uncached,
   * and counted as refused.
   *
   * @throws IllegalArgumentException if the loader returns null
   * @throws RuntimeException what the loader throws; nothing is cached then
   */
  public V get(K key, Function<? super K, ? extends V> loader) {
    byte[] keyBytes = keys.encode(key);
    V found = decoded(table.get(keyBytes));
    if (found != null) {
      return found;
    }
    V loaded = loader.apply(key);
    if (loaded == null) {
      throw new IllegalArgumentException("the loader returned null: key=%s".formatted(key));
    }
    byte[] valueBytes = values.encode(loaded);
    changing(() -> table.putIfItFits(keyBytes, valueBytes, timeToLiveNanos));
    return loaded;
  }

  /**
   * Sets the value of a key, with the cache's time to live.
   *
   * @return false if no room could be made, because others fill all of it right now; what the key
   *     had before is gone all the same
   * @throws IllegalArgumentException if the entry is larger than {@link #entryBytesMax()}
   */
  public boolean put(K key, V value) {
    return put(key, value, timeToLiveNanos);
  }

  /** As {@link #put(Object, Object)}, with a time to live of its own instead of the cache's. */
  public boolean put(K key, V value, Duration timeToLive) {
    return put(key, value, SharedCacheSpec.requireTime(timeToLive));
  }

  private boolean put(K key, V value, long nanos) {
    byte[] keyBytes = keys.encode(key);
    byte[] valueBytes = values.encode(value);
    return changing(() -> table.put(keyBytes, valueBytes, nanos));
  }

  /** Forgets a key; whether there was anything to forget. */
  public boolean remove(K key) {
    byte[] keyBytes = keys.encode(key);
    return changing(() -> table.remove(keyBytes));
  }

  /** Forgets everything that is in it now. */
  public void clear() {
    changing(() -> {
      table.clear();
      return true;
    });
  }

  /** Names the entry of a key, this one and no later one; null if there is none. */
  public @Nullable EntryHandle handle(K key) {
    long handle = table.handle(keys.encode(key));
    return handle == 0 ? null : new EntryHandle(handle);
  }

  /** The value of that very entry, without looking for its key; null if it is gone. */
  public @Nullable V getIfPresent(EntryHandle handle) {
    return decoded(table.get(handle.value()));
  }

  private @Nullable V decoded(byte @Nullable [] bytes) {
    return bytes == null ? null : values.decode(bytes);
  }

  /**
   * Gives back what the dead left half-made and what has expired, now. Both happen without it, when
   * a death is noticed and when room is needed.
   *
   * @return how many entries went
   */
  public int sweep() {
    return changing(table::sweep);
  }

  // ---- what it is ------------------------------------------------------------------------------

  /** The name of its region. */
  public String name() {
    return region.name();
  }

  /** The largest entry it takes, bytes of key and value together. */
  public int entryBytesMax() {
    return geometry.entryBytesMax();
  }

  /** What was counted since it was made, by all processes together. */
  public SharedCacheStats stats() {
    return SharedCacheStats.of(table.seats());
  }

  /** How full it is; looks at every slot and block. */
  public SharedCacheUsage usage() {
    return table.usage();
  }

  /** Closes this view; the cache stays for the others. The second close is a no-op. */
  @Override
  public void close() {
    deaths.close();
    gate.writeLock().lock();
    try {
      closed = true;
      region.close();
    } finally {
      gate.writeLock().unlock();
    }
  }

  private <T> T changing(Supplier<T> change) {
    gate.readLock().lock();
    try {
      return change.get();
    } finally {
      gate.readLock().unlock();
    }
  }

  private void onEvent(SpaceEvent event) {
    if (event.kind() == SpaceEvent.Kind.RECOVERED) {
      int recovered = changing(() -> closed ? 0 : table.seats().recoverDead());
      SharedCacheEvents.recovered(name(), recovered);
    }
  }

  @Override
  public String toString() {
    return "SharedCache[%s, %d bytes, %s -> %s]"
        .formatted(name(), geometry.bytes(), keys.name(), values.name());
  }
}
