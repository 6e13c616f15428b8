package dev.holdfast.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.resource.cache.shared.CacheCodec;
import dev.holdfast.resource.cache.shared.SharedCache;
import dev.holdfast.resource.cache.shared.SharedCacheSpec;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedCacheMetricsTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @TempDir Path root;

  private double counter(String name, String tag, String value) {
    return meters
        .get("holdfast.shared.cache." + name)
        .tags("cache", "pages", tag, value)
        .functionCounter()
        .count();
  }

  private double gauge(String name) {
    return meters.get("holdfast.shared.cache." + name).tags("cache", "pages").gauge().value();
  }

  @Test
  void meters_ofASharedCache_showWhatEveryoneDoes() {
    SharedCacheSpec<String, String> spec =
        SharedCacheSpec.named("pages", CacheCodec.utf8(), CacheCodec.utf8()).bytes(256 << 10);
    SpaceSpec where = SpaceSpec.named("metrics").under(root);
    try (Space a = Space.open(where);
        Space b = Space.open(where);
        SharedCache<String, String> inA = SharedCache.openOrCreate(a, spec);
        SharedCache<String, String> inB = SharedCache.openOrCreate(b, spec)) {
      new SharedCacheMetrics(inA).bindTo(meters);
      inB.put("k", "v");
      inB.put("k", "w");
      inB.put("e", "v", Duration.ofNanos(1));
      inB.put("r", "v");
      assertThat(inB.getIfPresent("e")).isNull();
      assertThat(inB.getIfPresent("k")).isEqualTo("w");
      inB.remove("r");

      assertThat(counter("lookups", "result", "hit")).isEqualTo(1);
      assertThat(counter("lookups", "result", "miss")).isEqualTo(1);
      assertThat(counter("puts", "result", "done")).isEqualTo(4);
      assertThat(counter("puts", "result", "refused")).isZero();
      assertThat(counter("removals", "cause", "replaced")).isEqualTo(1);
      assertThat(counter("removals", "cause", "expired")).isEqualTo(1);
      assertThat(counter("removals", "cause", "explicit")).isEqualTo(1);
      assertThat(counter("removals", "cause", "evicted")).isZero();
      assertThat(counter("recovered", "cache", "pages")).isZero();
      assertThat(gauge("entries")).isEqualTo(1);
      assertThat(gauge("bytes.used")).isPositive().isLessThan(gauge("bytes.usable"));
    }
  }
}
