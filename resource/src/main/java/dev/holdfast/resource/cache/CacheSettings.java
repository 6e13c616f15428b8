package dev.holdfast.resource.cache;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What a {@link CacheBuilder} was told, checked. */
record CacheSettings<K, V>(
    String name,
    long maximumWeight,
    @Nullable Weigher<? super K, ? super V> weigher,
    EvictionPolicy.Factory policy,
    Times times,
    @Nullable TimeToLive<? super K, ? super V> timeToLive,
    double jitter,
    long sweepNanos,
    int shards,
    @Nullable LongSupplier clock,
    @Nullable RemovalListener<? super K, ? super V> listener) {

  EvictionPolicy.Factory policiesOfOneCache() {
    return policy instanceof AdaptiveFactory adaptive
        ? adaptive.forCache(name, maximumWeight, shards)
        : policy;
  }

  boolean isTimed() {
    return times.lifeNanos() != Entry.NEVER || times.slides() || timeToLive != null;
  }

  boolean refreshes() {
    return times.refreshNanos() != Entry.NEVER;
  }

  /** All that user code has to say of a value. */
  Incoming<K, V> incoming(K key, V value, @Nullable Duration own, int hash, long now) {
    Times each = own == null ? timesOf(key, value) : ownTimes(own);
    return new Incoming<>(key, value, hash, weigh(key, value), jittered(each, hash, now));
  }

  private Times timesOf(K key, V value) {
    return timeToLive == null ? times : ownTimes(timeToLive.of(key, value));
  }

  private Times ownTimes(Duration life) {
    return new Times(
        CacheBuilder.positiveNanos("timeToLive", life), Entry.NEVER, times.refreshNanos());
  }

  private long weigh(K key, V value) {
    if (weigher == null) {
      return 1;
    }
    long weight = weigher.weigh(key, value);
    if (weight < 0) {
      throw new IllegalArgumentException(
          "the weight is negative: weight=%d, key=%s".formatted(weight, key));
    }
    return weight;
  }

  /** Shortens the life by up to the jitter, so that what was written together ends apart. */
  private Times jittered(Times exact, int hash, long now) {
    if (jitter == 0 || exact.lifeNanos() == Entry.NEVER) {
      return exact;
    }
    double share = (Hashes.mix(hash ^ now) >>> 11) * 0x1p-53;
    long life = Math.max(1, exact.lifeNanos() - (long) (exact.lifeNanos() * jitter * share));
    return new Times(life, exact.idleNanos(), exact.refreshNanos());
  }
}
