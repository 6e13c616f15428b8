package dev.holdfast.resource.cache;

import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Describes a cache, then builds it. Only the bound is required: {@link #maximumEntries} or {@link
 * #maximumWeight}.
 *
 * <p>Sharing: one thread; the caches that it builds share nothing.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class CacheBuilder<K, V> {
  private static final long WEIGHT_MAX = (1L << 62) - 1; // twice that is a long still
  private static final int SHARDS_MAX = 256;
  private static final long ENTRIES_A_SHARD_MIN = 4096;

  private String name = "cache";
  private long maximumEntries;
  private long maximumWeight;
  private @Nullable Weigher<? super K, ? super V> weigher;
  private EvictionPolicy.Factory policy = EvictionPolicies.adaptive();
  private long lifeNanos = Entry.NEVER;
  private long idleNanos = Entry.NEVER;
  private long refreshNanos = Entry.NEVER;
  private @Nullable TimeToLive<? super K, ? super V> timeToLive;
  private double jitter;
  private long sweepNanos = Duration.ofSeconds(1).toNanos();
  private int shards;
  private @Nullable LongSupplier clock;
  private @Nullable RemovalListener<? super K, ? super V> listener;

  CacheBuilder() {}

  /** Names the cache in events and log messages; "cache" if not said. */
  public CacheBuilder<K, V> name(String called) {
    name = Objects.requireNonNull(called, "called");
    return this;
  }

  /** Bounds the number of entries. */
  public CacheBuilder<K, V> maximumEntries(long entries) {
    maximumEntries = requireBetween("maximumEntries", entries, 1, WEIGHT_MAX);
    return this;
  }

  /**
   * Bounds the weight of all entries together. No single entry may weigh more than the share of a
   * shard; a cache bounded by weight has one shard unless {@link #shards} says otherwise.
   */
  public CacheBuilder<K, V> maximumWeight(long weight, Weigher<? super K, ? super V> by) {
    maximumWeight = requireBetween("maximumWeight", weight, 1, WEIGHT_MAX);
    weigher = Objects.requireNonNull(by, "by");
    return this;
  }

  /** Sets what goes when the cache is full; {@link EvictionPolicies#adaptive} if not said. */
  public CacheBuilder<K, V> policy(EvictionPolicy.Factory factory) {
    policy = Objects.requireNonNull(factory, "factory");
    return this;
  }

  /** A value may be used so long after it was written. */
  public CacheBuilder<K, V> expireAfterWrite(Duration life) {
    lifeNanos = positiveNanos("expireAfterWrite", life);
    return this;
  }

  /**
   * A value may be used so long after its last use, or write. Uses are noted to within the smaller
   * of 10 ms and 1/128 of this time.
   */
  public CacheBuilder<K, V> expireAfterAccess(Duration idle) {
    idleNanos = positiveNanos("expireAfterAccess", idle);
    return this;
  }

  /** Each value has a time to live of its own, which replaces the two others. */
  public CacheBuilder<K, V> expireAfter(TimeToLive<? super K, ? super V> function) {
    timeToLive = Objects.requireNonNull(function, "function");
    return this;
  }

  /**
   * Shortens each life after write by a random share of up to this fraction, so that values written
   * together do not end together.
   */
  public CacheBuilder<K, V> ttlJitter(double fraction) {
    if (!(fraction >= 0 && fraction < 1)) {
      throw new IllegalArgumentException(
          "ttlJitter must be at least 0 and less than 1: ttlJitter=" + fraction);
    }
    jitter = fraction;
    return this;
  }

  /**
   * A {@link Cache#get} that finds a value of at least this age returns it and has its loader load
   * the next one in a virtual thread; once a key. If that fails, the old value stays, and the next
   * attempt comes after this time again.
   */
  public CacheBuilder<K, V> refreshAfterWrite(Duration age) {
    refreshNanos = positiveNanos("refreshAfterWrite", age);
    return this;
  }

  /**
   * How often entries whose time is over are removed in the background: no later than this interval
   * and 30 ms after their end, as far as the machine has time. 1 s if not said; zero for never. A
   * value is never returned because the sweep was late.
   */
  public CacheBuilder<K, V> sweepInterval(Duration interval) {
    if (interval.isNegative()) {
      throw new IllegalArgumentException("sweepInterval is negative: sweepInterval=" + interval);
    }
    sweepNanos = interval.isZero() ? Entry.NEVER : positiveNanos("sweepInterval", interval);
    return this;
  }

  /**
   * Into how many parts, each with a lock and an equal share of the bound, the cache is divided: a
   * power of two. If not said: one for a cache bounded by weight; otherwise as many as serve the
   * processors, as long as each holds some thousand entries.
   */
  public CacheBuilder<K, V> shards(int count) {
    if (Integer.bitCount(count) != 1 || count < 1 || count > SHARDS_MAX) {
      throw new IllegalArgumentException(
          "shards must be a power of two, 1 to %d: shards=%d".formatted(SHARDS_MAX, count));
    }
    shards = count;
    return this;
  }

  /**
   * Takes the time from this clock, in nanoseconds of any origin, at each use. If not said, writes
   * read {@link System#nanoTime}, and hits a copy of it that is some 10 ms old at most. If the
   * clock goes back, what is in the cache ends that much later; what is written then ends in its
   * time for whoever asks, but is swept only after the clock has come to where it was.
   */
  public CacheBuilder<K, V> clock(LongSupplier nanos) {
    clock = Objects.requireNonNull(nanos, "nanos");
    return this;
  }

  /** Tells this listener of every value that leaves the cache. */
  public CacheBuilder<K, V> removalListener(RemovalListener<? super K, ? super V> toTell) {
    listener = Objects.requireNonNull(toTell, "toTell");
    return this;
  }

  /** Makes the cache. */
  public Cache<K, V> build() {
    requireOneBound();
    long maximum = Math.max(maximumEntries, maximumWeight);
    int count = shards == 0 ? usualShards() : shards;
    if (maximum < count) {
      throw new IllegalArgumentException(
          "less than one entry a shard: maximum=%d, shards=%d".formatted(maximum, count));
    }
    Times times = new Times(lifeNanos, idleNanos, refreshNanos);
    return new HeapCache<>(
        new CacheSettings<>(
            name,
            maximum,
            weigher,
            policy,
            times,
            timeToLive,
            jitter,
            sweepNanos,
            count,
            clock,
            listener));
  }

  private void requireOneBound() {
    if ((maximumEntries == 0) == (maximumWeight == 0)) {
      throw new IllegalStateException(
          "set maximumEntries or maximumWeight, and not both: maximumEntries=%d, maximumWeight=%d"
              .formatted(maximumEntries, maximumWeight));
    }
  }

  private int usualShards() {
    if (weigher != null) {
      return 1;
    }
    long forEntries = Long.highestOneBit(Math.max(1, maximumEntries / ENTRIES_A_SHARD_MIN));
    long forProcessors = Long.highestOneBit(Runtime.getRuntime().availableProcessors() * 4L);
    return (int) Math.min(Math.min(forEntries, forProcessors), SHARDS_MAX);
  }

  static long positiveNanos(String name, Duration duration) {
    if (!duration.isPositive()) {
      throw new IllegalArgumentException(
          "%s must be positive: %s=%s".formatted(name, name, duration));
    }
    try {
      return duration.toNanos();
    } catch (ArithmeticException longerThanAnyClock) {
      return Entry.NEVER;
    }
  }

  private static long requireBetween(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s must be %d to %d: %s=%d".formatted(name, least, most, name, value));
    }
    return value;
  }
}
