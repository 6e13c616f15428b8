package dev.holdfast.resource.cache.shared;

import dev.holdfast.region.RegionPolicy;
import dev.holdfast.region.RegionSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * What a shared cache is to be. Immutable: each method returns a changed copy.
 *
 * <pre>{@code
 * SharedCacheSpec.named("pages", CacheCodec.utf8(), CacheCodec.bytes())
 *     .bytes(64L << 20)
 *     .entryBytes(4096)
 *     .timeToLive(Duration.ofMinutes(5))
 * }</pre>
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class SharedCacheSpec<K, V> {
  private static final int ENTRY_BYTES_DEFAULT = 512;
  private static final long BYTES_DEFAULT = 16 << 20;

  private final String name;
  private final CacheCodec<K> keys;
  private final CacheCodec<V> values;
  private final long bytes;
  private final int entryBytes;
  private final long timeToLiveNanos;
  private final RegionPolicy policy;

  private SharedCacheSpec(
      String name,
      CacheCodec<K> keys,
      CacheCodec<V> values,
      long bytes,
      int entryBytes,
      long timeToLiveNanos,
      RegionPolicy policy) {
    this.name = name;
    this.keys = keys;
    this.values = values;
    this.bytes = bytes;
    this.entryBytes = entryBytes;
    this.timeToLiveNanos = timeToLiveNanos;
    this.policy = policy;
  }

  /**
   * A cache of that name: 16 MiB, made for entries of 512 bytes, which stay until they are evicted,
   * and which goes with the last process that has it open.
   *
   * @param name of its region
   */
  public static <K, V> SharedCacheSpec<K, V> named(
      String name, CacheCodec<K> keys, CacheCodec<V> values) {
    RegionSpec.named(name); // refuses what is no name
    requireCodecName(keys);
    requireCodecName(values);
    return new SharedCacheSpec<>(
        name,
        keys,
        values,
        BYTES_DEFAULT,
        ENTRY_BYTES_DEFAULT,
        SlotLayout.NEVER,
        RegionPolicy.referenceCounted());
  }

  private static void requireCodecName(CacheCodec<?> codec) {
    int length = codec.name().getBytes(StandardCharsets.UTF_8).length;
    if (length < 1 || length > CacheHeaderLayout.CODEC_NAME_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a codec's name has 1 to %d bytes: name=%s, bytes=%d"
              .formatted(CacheHeaderLayout.CODEC_NAME_BYTES_MAX, codec.name(), length));
    }
  }

  /** All the memory it ever uses, tables and header included, exactly. */
  public SharedCacheSpec<K, V> bytes(long exactly) {
    return new SharedCacheSpec<>(name, keys, values, exactly, entryBytes, timeToLiveNanos, policy);
  }

  /**
   * Bytes of a usual entry, key and value together: decides how many slots and how large blocks
   * there are. Entries may be larger (up to {@link SharedCache#entryBytesMax}) and smaller.
   *
   * @throws IllegalArgumentException if not positive
   */
  public SharedCacheSpec<K, V> entryBytes(int usual) {
    if (usual < 1) {
      throw new IllegalArgumentException("an entry has at least one byte: entryBytes=" + usual);
    }
    return new SharedCacheSpec<>(name, keys, values, bytes, usual, timeToLiveNanos, policy);
  }

  /**
   * How long an entry stays that is put without a time of its own. What a long of nanoseconds
   * cannot count (292 years) is for ever.
   *
   * @throws IllegalArgumentException if not positive
   */
  public SharedCacheSpec<K, V> timeToLive(Duration duration) {
    return new SharedCacheSpec<>(
        name, keys, values, bytes, entryBytes, requireTime(duration), policy);
  }

  /** When its region goes; {@link RegionPolicy#manual()} keeps it until it is removed by name. */
  public SharedCacheSpec<K, V> policy(RegionPolicy when) {
    return new SharedCacheSpec<>(name, keys, values, bytes, entryBytes, timeToLiveNanos, when);
  }

  static long requireTime(Duration duration) {
    if (!duration.isPositive()) {
      throw new IllegalArgumentException("a time to live is positive: duration=" + duration);
    }
    try {
      return duration.toNanos();
    } catch (ArithmeticException longerThanAnyMachineRuns) {
      return SlotLayout.NEVER;
    }
  }

  String name() {
    return name;
  }

  CacheCodec<K> keys() {
    return keys;
  }

  CacheCodec<V> values() {
    return values;
  }

  long timeToLiveNanos() {
    return timeToLiveNanos;
  }

  CacheGeometry geometry(int seats) {
    return CacheGeometry.of(bytes, entryBytes, seats);
  }

  RegionSpec region() {
    return RegionSpec.named(name).bytes(bytes).policy(policy);
  }

  @Override
  public String toString() {
    return "SharedCacheSpec[%s, %d bytes, entries of %d bytes, %s -> %s]"
        .formatted(name, bytes, entryBytes, keys.name(), values.name());
  }
}
