package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CacheTest {
  static List<Map.Entry<String, EvictionPolicy.Factory>> policies() {
    return List.copyOf(Workloads.policies().entrySet());
  }

  @ParameterizedTest
  @MethodSource("policies")
  void getIfPresent_manyThreads_everyHitIsAHit(Map.Entry<String, EvictionPolicy.Factory> policy)
      throws Exception {
    int threads = 8;
    int rounds = 50_000;
    try (Cache<Integer, Integer> cache =
        Cache.<Integer, Integer>builder()
            .maximumEntries(100)
            .policy(policy.getValue())
            .expireAfterAccess(Duration.ofDays(1))
            .build()) {
      for (int key = 0; key < 50; key++) {
        cache.put(key, key);
      }
      CountDownLatch start = new CountDownLatch(1);
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        readers.add(
            Thread.ofPlatform()
                .start(() -> {
                  awaitQuietly(start);
                  for (int n = 0; n < rounds; n++) {
                    cache.getIfPresent(n % 50);
                    if (n % 100 == 0) {
                      cache.put(n % 50, n); // a writer in between is no reason for a miss
                    }
                  }
                }));
      }
      start.countDown();
      for (Thread reader : readers) {
        reader.join();
      }

      assertThat(cache.stats().misses()).isZero();
      assertThat(cache.stats().hits()).isEqualTo((long) threads * rounds);
      assertThat(cache.stats().hitRatio()).isEqualTo(1.0);
      Invariants.check(cache);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void cache_manyThreadsDoEverything_partsAgreeAfterwards() throws Exception {
    Map<String, EvictionPolicy.Factory> policies = Workloads.policies();
    for (Map.Entry<String, EvictionPolicy.Factory> policy : policies.entrySet()) {
      try (Cache<Integer, Integer> cache =
          Cache.<Integer, Integer>builder()
              .maximumWeight(400, (key, value) -> value % 7)
              .shards(2)
              .policy(policy.getValue())
              .expireAfterWrite(Duration.ofMillis(3))
              .sweepInterval(Duration.ofMillis(5))
              .build()) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
          int offset = i;
          threads.add(Thread.ofPlatform().start(() -> mix(cache, offset)));
        }
        for (Thread thread : threads) {
          thread.join();
        }
        cache.clear();
        Invariants.check(cache);
        assertThat(cache.size()).as(policy.getKey()).isZero();
        assertThat(cache.weight()).as(policy.getKey()).isZero();
      }
    }
  }

  private static void mix(Cache<Integer, Integer> cache, int offset) {
    for (int n = 0; n < 20_000; n++) {
      int key = (n * 31 + offset * 7) % 300;
      switch (n % 7) {
        case 0 -> cache.put(key, n);
        case 1 -> cache.get(key, wanted -> wanted);
        case 2 -> cache.remove(key);
        case 3 -> cache.putIfAbsent(key, n);
        default -> cache.getIfPresent(key);
      }
    }
  }

  @Test
  void stats_sequenceOfEvents_countsEach() {
    Cache<String, Integer> cache =
        Cache.<String, Integer>builder().maximumEntries(2).policy(EvictionPolicies.fifo()).build();
    cache.get("a", key -> 1);
    cache.getIfPresent("a");
    cache.getIfPresent("b");
    cache.put("b", 2);
    cache.put("c", 3);
    CacheStats stats = cache.stats();

    assertThat(stats.hits()).isEqualTo(1);
    assertThat(stats.misses()).isEqualTo(2);
    assertThat(stats.requests()).isEqualTo(3);
    assertThat(stats.loads()).isEqualTo(1);
    assertThat(stats.loadNanos()).isPositive();
    assertThat(stats.evictions()).isEqualTo(1);
    assertThat(stats.entries()).isEqualTo(2);
    assertThat(stats.weight()).isEqualTo(2);
    cache.close();
  }

  @Test
  void close_thenUse_isRefused() {
    List<String> removed = new ArrayList<>();
    Cache<String, Integer> cache =
        Cache.<String, Integer>builder()
            .maximumEntries(2)
            .removalListener((key, value, cause) -> removed.add(key + cause))
            .build();
    cache.put("a", 1);
    cache.close();
    cache.close();

    assertThat(removed).containsExactly("aREMOVED");
    assertThatThrownBy(() -> cache.getIfPresent("a")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> cache.put("a", 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> cache.remove("a")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> cache.get("a", key -> 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(cache::clear).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(cache::sweep).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void forEach_someHaveEnded_leavesThoseOut() {
    FakeClock clock = new FakeClock();
    try (Cache<String, Integer> cache =
        Cache.<String, Integer>builder().maximumEntries(10).clock(clock).build()) {
      cache.put("short", 1, Duration.ofSeconds(1));
      cache.put("long", 2);
      clock.advance(Duration.ofSeconds(1));
      Map<String, Integer> seen = new HashMap<>();
      cache.forEach(seen::put);

      assertThat(seen).containsOnly(Map.entry("long", 2));
    }
  }

  @Test
  void builder_nonsense_isRefusedAndNamed() {
    assertThatThrownBy(() -> Cache.builder().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("maximumEntries=0");
    assertThatThrownBy(
            () -> Cache.builder().maximumEntries(1).maximumWeight(1, (key, value) -> 1).build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Cache.builder().maximumEntries(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maximumEntries=0");
    assertThatThrownBy(() -> Cache.builder().shards(3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("shards=3");
    assertThatThrownBy(() -> Cache.builder().ttlJitter(1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Cache.builder().expireAfterWrite(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expireAfterWrite=PT0S");
    assertThatThrownBy(() -> Cache.builder().sweepInterval(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Cache.builder().maximumEntries(2).shards(4).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("shards=4");
  }

  @Test
  void removalCause_ofTheCacheItself_isAutomatic() {
    assertThat(RemovalCause.EVICTED.isAutomatic()).isTrue();
    assertThat(RemovalCause.EXPIRED.isAutomatic()).isTrue();
    assertThat(RemovalCause.REMOVED.isAutomatic()).isFalse();
    assertThat(RemovalCause.REPLACED.isAutomatic()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("policies")
  void getIfPresent_lockIsHeldOrFoughtFor_hitsAndMissesAreCountedExactly(
      Map.Entry<String, EvictionPolicy.Factory> policy) throws Exception {
    int threads = 4;
    int rounds = 10_000;
    try (Cache<Integer, Integer> cache =
        Cache.<Integer, Integer>builder().maximumEntries(100).policy(policy.getValue()).build()) {
      cache.put(1, 1);
      ReentrantLock lock = ((HeapCache<Integer, Integer>) cache).shards()[0].lock;
      lock.lock();
      try {
        readAll(threads, rounds, cache, false);
      } finally {
        lock.unlock();
      }
      assertThat(cache.stats().hits()).isEqualTo((long) threads * rounds);
      assertThat(cache.stats().misses()).isEqualTo((long) threads * rounds);
      readAll(threads, rounds, cache, true);

      assertThat(cache.stats().hits()).isEqualTo(2L * threads * rounds);
      assertThat(cache.stats().misses()).isEqualTo(2L * threads * rounds);
    }
  }

  private static void readAll(
      int threads, int rounds, Cache<Integer, Integer> cache, boolean writesToo) throws Exception {
    List<Thread> readers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      readers.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int n = 0; n < rounds; n++) {
                  cache.getIfPresent(1);
                  cache.getIfPresent(2);
                  if (writesToo) {
                    cache.put(1, n);
                  }
                }
              }));
    }
    for (Thread reader : readers) {
      reader.join();
    }
  }
}
