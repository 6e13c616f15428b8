package dev.holdfast.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.resource.pool.ConnectionManager;
import dev.holdfast.resource.pool.ObjectPool;
import dev.holdfast.resource.pool.PoolCount;
import dev.holdfast.resource.pool.PoolSpec;
import dev.holdfast.resource.pool.PoolUnavailableException;
import dev.holdfast.resource.pool.Pooled;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Every figure of a pool has its meter. */
class PoolMetricsTest {
  /** Makes strings until the far side goes down. */
  private static final class Strings implements ConnectionManager<String> {
    volatile boolean down;

    @Override
    public String create() throws IOException {
      if (down) {
        throw new IOException("down");
      }
      return "string";
    }

    @Override
    public void destroy(String object) {}
  }

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Strings strings = new Strings();

  private ObjectPool<String> open() {
    PoolSpec spec =
        PoolSpec.named("strings")
            .max(4)
            .breakerAfter(1)
            .backOff(Duration.ofHours(1), Duration.ofHours(1));
    ObjectPool<String> pool = ObjectPool.open(strings, spec);
    new PoolMetrics(pool).bindTo(meters);
    return pool;
  }

  private double gauge(String name, String... tags) {
    return meters.get("holdfast.pool." + name).tag("pool", "strings").tags(tags).gauge().value();
  }

  private double events(PoolCount event) {
    return meters
        .get("holdfast.pool.events")
        .tags("pool", "strings", "event", event.name().toLowerCase(Locale.ROOT))
        .functionCounter()
        .count();
  }

  @Test
  void bindTo_objectLent_showsItInEveryFigure() throws InterruptedException {
    try (ObjectPool<String> pool = open();
        Pooled<String> lent = pool.acquire()) {
      assertThat(lent.get()).isEqualTo("string");
      assertThat(gauge("objects", "place", "lent")).isEqualTo(1);
      assertThat(gauge("objects", "place", "idle")).isZero();
      assertThat(gauge("objects", "place", "creating")).isZero();
      assertThat(gauge("objects", "place", "busy")).isZero();
      assertThat(gauge("objects", "place", "leaving")).isZero();
      assertThat(gauge("max")).isEqualTo(4);
      assertThat(gauge("waiting")).isZero();
      assertThat(gauge("utilisation")).isEqualTo(0.25);
      assertThat(gauge("breaker")).isZero();
      assertThat(gauge("wait.quantile", "share", "1")).isPositive();
      assertThat(meters.get("holdfast.pool.wait").functionTimer().count()).isEqualTo(1);
    }
  }

  @Test
  void bindTo_pool_hasACounterOfEveryEvent() throws InterruptedException {
    try (ObjectPool<String> pool = open()) {
      pool.acquire().close();

      assertThat(PoolCount.values())
          .allSatisfy(
              event -> assertThat(events(event)).isEqualTo((double) pool.snapshot().count(event)));
      assertThat(events(PoolCount.CREATED)).isEqualTo(1);
    }
  }

  @Test
  void bindTo_farSideDown_showsTheOpenBreaker() throws InterruptedException {
    strings.down = true;
    try (ObjectPool<String> pool = open()) {
      try (Pooled<String> unexpected = pool.acquire()) {
        throw new AssertionError("lent: " + unexpected);
      } catch (PoolUnavailableException expected) {
        assertThat(gauge("breaker")).isEqualTo(1);
        assertThat(events(PoolCount.FAILED_FAST)).isEqualTo(1);
      }
    }
  }
}
