package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExpiryTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final FakeClock clock = new FakeClock();
  private final List<String> removed = new ArrayList<>();

  private CacheBuilder<String, Integer> builder() {
    return Cache.<String, Integer>builder()
        .maximumEntries(10)
        .clock(clock)
        .sweepInterval(Duration.ZERO)
        .removalListener((key, value, cause) -> removed.add(key + "=" + value + " " + cause));
  }

  @Test
  void expireAfterWrite_readBeforeAndAfterTheEnd_isThereThenGone() {
    try (Cache<String, Integer> cache = builder().expireAfterWrite(MINUTE).build()) {
      cache.put("a", 1);
      clock.advance(MINUTE.minusNanos(1));
      assertThat(cache.getIfPresent("a")).isEqualTo(1);
      clock.advance(Duration.ofNanos(1));

      assertThat(cache.getIfPresent("a")).isNull();
      assertThat(removed).containsExactly("a=1 EXPIRED");
      assertThat(cache.stats().expirations()).isEqualTo(1);
    }
  }

  @Test
  void expireAfterAccess_usedInTime_slides() {
    try (Cache<String, Integer> cache = builder().expireAfterAccess(MINUTE).build()) {
      cache.put("a", 1);
      for (int i = 0; i < 5; i++) {
        clock.advance(MINUTE.dividedBy(2));
        assertThat(cache.getIfPresent("a")).isEqualTo(1);
      }
      clock.advance(MINUTE);

      assertThat(cache.getIfPresent("a")).isNull();
    }
  }

  @Test
  void put_ownTimeToLive_replacesTheCaches() {
    try (Cache<String, Integer> cache = builder().expireAfterWrite(MINUTE).build()) {
      cache.put("short", 1, Duration.ofSeconds(1));
      cache.put("long", 2, MINUTE.multipliedBy(3));
      clock.advance(Duration.ofSeconds(2));
      assertThat(cache.getIfPresent("short")).isNull();
      clock.advance(MINUTE);

      assertThat(cache.getIfPresent("long")).isEqualTo(2);
    }
  }

  @Test
  void sweep_endsNearAndFar_removesEachWhenItsTimeIsOver() {
    try (Cache<String, Integer> cache = builder().build()) {
      List<Duration> lives =
          List.of(
              Duration.ofMillis(40),
              Duration.ofSeconds(2),
              Duration.ofMinutes(3),
              Duration.ofHours(4),
              Duration.ofDays(5),
              Duration.ofDays(400));
      for (Duration life : lives) {
        cache.put(life.toString(), 0, life);
      }
      Duration at = Duration.ZERO;
      for (Duration life : lives) {
        clock.advance(life.minus(at).minusNanos(1));
        assertThat(cache.sweep()).isZero();
        clock.advance(Duration.ofMillis(17));
        at = life.minusNanos(1).plusMillis(17);

        assertThat(cache.sweep()).as(life.toString()).isEqualTo(1);
      }
      assertThat(cache.size()).isZero();
    }
  }
}
