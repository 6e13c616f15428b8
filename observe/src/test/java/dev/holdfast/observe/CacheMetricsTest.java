package dev.holdfast.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.resource.cache.Cache;
import dev.holdfast.resource.cache.CacheLoadException;
import dev.holdfast.resource.cache.EvictionPolicies;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class CacheMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void bindTo_cacheIsUsed_registryShowsIt() {
    try (Cache<String, Integer> cache =
        Cache.<String, Integer>builder()
            .maximumEntries(2)
            .policy(EvictionPolicies.fifo())
            .build()) {
      new CacheMetrics("numbers", cache).bindTo(registry);
      cache.get("a", key -> 1);
      cache.getIfPresent("a");
      cache.put("b", 2);
      cache.put("c", 3);
      assertThatThrownBy(() ->
              cache.get(
                  "d",
                  key -> {
                    throw new IllegalStateException("no");
                  }))
          .isInstanceOf(CacheLoadException.class);

      assertThat(count("requests", "result", "hit")).isEqualTo(1);
      assertThat(count("requests", "result", "miss")).isEqualTo(2);
      assertThat(count("removals", "cause", "evicted")).isEqualTo(1);
      assertThat(count("removals", "cause", "expired")).isZero();
      assertThat(count("load.failures")).isEqualTo(1);
      assertThat(count("evicted.weight")).isEqualTo(1);
      assertThat(count("rejections")).isZero();
      assertThat(count("listener.failures")).isZero();
      assertThat(registry.get("holdfast.cache.loads").functionTimer().count()).isEqualTo(2);
      assertThat(gauge("entries")).isEqualTo(2);
      assertThat(gauge("weight")).isEqualTo(2);
    }
  }

  private double count(String name, String... tags) {
    return registry
        .get("holdfast.cache." + name)
        .tags("cache", "numbers")
        .tags(tags)
        .functionCounter()
        .count();
  }

  private double gauge(String name) {
    return registry.get("holdfast.cache." + name).tags("cache", "numbers").gauge().value();
  }
}
