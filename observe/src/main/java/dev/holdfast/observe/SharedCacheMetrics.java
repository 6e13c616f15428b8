package dev.holdfast.observe;

import dev.holdfast.resource.cache.shared.SharedCache;
import dev.holdfast.resource.cache.shared.SharedCacheStats;
import dev.holdfast.resource.cache.shared.SharedCacheUsage;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToDoubleFunction;

/**
 * The figures of a {@link SharedCache}, of all processes together, tagged with its name as {@code
 * cache}; keep it open for as long as they are read:
 *
 * <ul>
 *   <li>{@code holdfast.shared.cache.lookups}, by {@code result}: hit, miss
 *   <li>{@code holdfast.shared.cache.puts}, by {@code result}: done, refused
 *   <li>{@code holdfast.shared.cache.removals}, by {@code cause}: explicit, replaced, evicted,
 *       expired
 *   <li>{@code holdfast.shared.cache.recovered}: half-made entries of the dead, given back
 *   <li>{@code holdfast.shared.cache.entries}, {@code .bytes.used}, {@code .bytes.usable}: now;
 *       reading one looks at every slot or block of the cache
 * </ul>
 */
public final class SharedCacheMetrics implements MeterBinder {
  private static final String PREFIX = "holdfast.shared.cache.";

  private final SharedCache<?, ?> cache;
  private final Tags tags;

  /** Observes that cache. */
  public SharedCacheMetrics(SharedCache<?, ?> cache) {
    this.cache = cache;
    this.tags = Tags.of("cache", cache.name());
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    counter(meters, "lookups", tags.and("result", "hit"), SharedCacheStats::hits);
    counter(meters, "lookups", tags.and("result", "miss"), SharedCacheStats::misses);
    counter(meters, "puts", tags.and("result", "done"), SharedCacheStats::puts);
    counter(meters, "puts", tags.and("result", "refused"), SharedCacheStats::refused);
    counter(meters, "removals", tags.and("cause", "explicit"), SharedCacheStats::explicit);
    counter(meters, "removals", tags.and("cause", "replaced"), SharedCacheStats::replaced);
    counter(meters, "removals", tags.and("cause", "evicted"), SharedCacheStats::evicted);
    counter(meters, "removals", tags.and("cause", "expired"), SharedCacheStats::expired);
    counter(meters, "recovered", tags, SharedCacheStats::recovered);
    gauge(meters, "entries", SharedCacheUsage::entries);
    gauge(meters, "bytes.used", SharedCacheUsage::usedBytes);
    gauge(meters, "bytes.usable", SharedCacheUsage::usableBytes);
  }

  private void counter(
      MeterRegistry meters, String name, Tags with, ToDoubleFunction<SharedCacheStats> figure) {
    FunctionCounter.builder(PREFIX + name, cache, seen -> figure.applyAsDouble(seen.stats()))
        .tags(with)
        .register(meters);
  }

  private void gauge(MeterRegistry meters, String name, ToDoubleFunction<SharedCacheUsage> figure) {
    Gauge.builder(PREFIX + name, cache, seen -> figure.applyAsDouble(seen.usage()))
        .tags(tags)
        .register(meters);
  }
}
