package dev.holdfast.observe;

import dev.holdfast.resource.cache.Cache;
import dev.holdfast.resource.cache.CacheStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * What a {@link Cache} counts, for Micrometer: {@code holdfast.cache.requests} by result, {@code
 * .loads} (count and time), {@code .load.failures}, {@code .removals} by cause, {@code
 * .evicted.weight}, {@code .rejections}, {@code .listener.failures}, {@code .entries}, {@code
 * .weight}; each with the tag {@code cache}.
 *
 * <p>Lifetime: the registry holds the cache weakly.
 *
 * {@snippet :
 * new CacheMetrics("customers", customers).bindTo(registry);
 * }
 */
public final class CacheMetrics implements MeterBinder {
  private static final String PREFIX = "holdfast.cache.";

  private final Cache<?, ?> cache;
  private final Tags tags;

  /** The metrics of this cache, under this name. */
  public CacheMetrics(String name, Cache<?, ?> cache) {
    this.cache = Objects.requireNonNull(cache, "cache");
    tags = Tags.of("cache", name);
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    counter(registry, "requests", tags.and("result", "hit"), CacheStats::hits);
    counter(registry, "requests", tags.and("result", "miss"), CacheStats::misses);
    FunctionTimer.builder(
            PREFIX + "loads",
            cache,
            of -> of.stats().loads() + of.stats().loadFailures(),
            of -> of.stats().loadNanos(),
            TimeUnit.NANOSECONDS)
        .tags(tags)
        .register(registry);
    counter(registry, "load.failures", tags, CacheStats::loadFailures);
    counter(registry, "removals", tags.and("cause", "evicted"), CacheStats::evictions);
    counter(registry, "removals", tags.and("cause", "expired"), CacheStats::expirations);
    counter(registry, "evicted.weight", tags, CacheStats::evictedWeight);
    counter(registry, "rejections", tags, CacheStats::rejections);
    counter(registry, "listener.failures", tags, CacheStats::listenerFailures);
    gauge(registry, "entries", CacheStats::entries);
    gauge(registry, "weight", CacheStats::weight);
  }

  private void counter(
      MeterRegistry registry, String name, Tags all, ToDoubleFunction<CacheStats> value) {
    FunctionCounter.builder(PREFIX + name, cache, of -> value.applyAsDouble(of.stats()))
        .tags(all)
        .register(registry);
  }

  private void gauge(MeterRegistry registry, String name, ToDoubleFunction<CacheStats> value) {
    Gauge.builder(PREFIX + name, cache, of -> value.applyAsDouble(of.stats()))
        .tags(tags)
        .register(registry);
  }
}
