package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoadTest {
  private final Cache<String, String> cache =
      Cache.<String, String>builder().maximumEntries(100).build();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() {
    threads.shutdownNow();
    cache.close();
  }

  /** A load of "key" that has begun and goes on when told to. */
  private final class HeldLoad {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    final CompletableFuture<String> result =
        CompletableFuture.supplyAsync(() -> cache.get("key", this::load), threads);

    private String load(String key) throws InterruptedException {
      begun.countDown();
      goOn.await();
      return "loaded";
    }

    HeldLoad awaitBegun() throws InterruptedException {
      begun.await();
      return this;
    }

    String finish() {
      goOn.countDown();
      return result.join();
    }
  }

  @Test
  void get_manyThreadsMiss_oneLoads() throws Exception {
    HeldLoad first = new HeldLoad().awaitBegun();
    AtomicInteger others = new AtomicInteger();
    List<CompletableFuture<String>> waiters =
        IntStream.range(0, 100)
            .mapToObj(i ->
                CompletableFuture.supplyAsync(
                    () -> cache.get("key", key -> "other " + others.incrementAndGet()), threads))
            .toList();

    assertThat(first.finish()).isEqualTo("loaded");
    waiters.forEach(waiter -> assertThat(waiter.join()).isEqualTo("loaded"));
    assertThat(others).hasValue(0);
    assertThat(cache.stats().loads()).isEqualTo(1);
  }

  @Test
  void remove_whileLoading_valueDoesNotComeBack() throws Exception {
    HeldLoad load = new HeldLoad().awaitBegun();
    assertThat(cache.remove("key")).isNull();

    assertThat(load.finish()).isEqualTo("loaded");
    assertThat(cache.getIfPresent("key")).isNull();
  }

  @Test
  void clear_whileLoading_valueDoesNotComeBack() throws Exception {
    HeldLoad load = new HeldLoad().awaitBegun();
    cache.clear();
    load.finish();

    assertThat(cache.getIfPresent("key")).isNull();
  }

  @Test
  void put_whileLoading_staysInPlace() throws Exception {
    HeldLoad load = new HeldLoad().awaitBegun();
    cache.put("key", "put");

    assertThat(load.finish()).isEqualTo("put");
    assertThat(cache.getIfPresent("key")).isEqualTo("put");
  }

  @Test
  void putIfAbsent_whileLoading_isWhatTheLoadGives() throws Exception {
    HeldLoad load = new HeldLoad().awaitBegun();
    assertThat(cache.putIfAbsent("key", "put")).isNull();
    cache.remove("key");

    assertThat(load.finish()).isEqualTo("put");
    assertThat(cache.getIfPresent("key")).isNull();
  }

  @Test
  void get_afterRemoveWhileLoading_loadsAnew() throws Exception {
    HeldLoad load = new HeldLoad().awaitBegun();
    cache.remove("key");

    assertThat(cache.get("key", key -> "newer")).isEqualTo("newer");
    load.finish();
    assertThat(cache.getIfPresent("key")).isEqualTo("newer");
  }

  @Test
  void put_whileLoadingOfAnotherKeyOfTheShard_isNotHeldUp() throws Exception {
    HeldLoad load = new HeldLoad().awaitBegun();
    cache.put("other", "value"); // there is one shard: a load under its lock would hang this

    assertThat(cache.getIfPresent("other")).isEqualTo("value");
    load.finish();
  }

  @Test
  void get_loaderFails_nothingIsCachedAndTheNextTriesAgain() {
    assertThatThrownBy(() ->
            cache.get(
                "key",
                key -> {
                  throw new IOException("no network");
                }))
        .isInstanceOf(CacheLoadException.class)
        .hasMessageContaining("key=key")
        .hasRootCauseMessage("no network");
    assertThat(cache.get("key", key -> "value")).isEqualTo("value");
    assertThat(cache.stats().loadFailures()).isEqualTo(1);
  }

  @Test
  void get_loaderFailsWithError_isThatError() {
    assertThatThrownBy(() ->
            cache.get(
                "key",
                key -> {
                  throw new StackOverflowError("deep");
                }))
        .isInstanceOf(StackOverflowError.class);
    assertThat(cache.get("key", key -> "value")).isEqualTo("value");
  }

  @Test
  void get_loaderInterrupted_staysInterrupted() {
    assertThatThrownBy(() ->
            cache.get(
                "key",
                key -> {
                  throw new InterruptedException("stop");
                }))
        .isInstanceOf(CacheLoadException.class);

    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  @SuppressWarnings("NullAway") // what a loader must not do
  void get_loaderReturnsNull_isRefused() {
    assertThatThrownBy(() -> cache.get("key", key -> null))
        .isInstanceOf(CacheLoadException.class)
        .hasRootCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void get_loaderAsksForItsOwnKey_isToldSo() {
    assertThatThrownBy(() -> cache.get("key", key -> cache.get(key, again -> "never")))
        .isInstanceOf(CacheLoadException.class)
        .hasRootCauseInstanceOf(IllegalStateException.class)
        .hasStackTraceContaining("waits for itself");
  }

  @Test
  void get_loaderAsksForAnotherKey_isServed() {
    assertThat(cache.get("a", a -> cache.get("b", b -> "value"))).isEqualTo("value");
    assertThat(cache.getIfPresent("b")).isEqualTo("value");
  }

  @Test
  void get_twoLoadersAskForEachOther_oneIsToldSo() {
    CyclicBarrier bothBegun = new CyclicBarrier(2);
    CompletableFuture<String> first = crossing("a", "b", bothBegun);
    CompletableFuture<String> second = crossing("b", "a", bothBegun);

    assertThatThrownBy(() -> CompletableFuture.allOf(first, second).join())
        .isInstanceOf(CompletionException.class)
        .hasRootCauseInstanceOf(IllegalStateException.class);
  }

  private CompletableFuture<String> crossing(String own, String other, CyclicBarrier bothBegun) {
    return CompletableFuture.supplyAsync(
        () ->
            cache.get(
                own,
                key -> {
                  bothBegun.await(30, TimeUnit.SECONDS);
                  return cache.get(other, never -> "never");
                }),
        threads);
  }

  @Test
  void getAll_someArePresent_loadsTheOthersInOneCall() {
    cache.put("a", "A");
    AtomicInteger calls = new AtomicInteger();
    Map<String, String> all =
        cache.getAll(
            List.of("a", "b", "c", "b", "none"),
            keys -> {
              calls.incrementAndGet();
              assertThat(keys).containsExactlyInAnyOrder("b", "c", "none");
              return Map.of("b", "B", "c", "C", "unasked", "U");
            });

    assertThat(all).containsOnly(Map.entry("a", "A"), Map.entry("b", "B"), Map.entry("c", "C"));
    assertThat(calls).hasValue(1);
    assertThat(cache.getIfPresent("c")).isEqualTo("C");
    assertThat(cache.getIfPresent("unasked")).isNull();
  }

  @Test
  void getAll_oneIsBeingLoaded_waitsForThatOne() throws Exception {
    HeldLoad load = new HeldLoad().awaitBegun();
    CompletableFuture<Map<String, String>> all =
        CompletableFuture.supplyAsync(
            () ->
                cache.getAll(
                    List.of("key", "b"),
                    keys -> {
                      load.goOn.countDown();
                      return Map.of("b", "B" + keys.size());
                    }),
            threads);

    assertThat(all.join()).containsOnly(Map.entry("key", "loaded"), Map.entry("b", "B1"));
  }

  @Test
  void getAll_loaderFails_nothingIsCached() {
    assertThatThrownBy(() ->
            cache.getAll(
                List.of("a", "b"),
                keys -> {
                  throw new IOException("no network");
                }))
        .isInstanceOf(CacheLoadException.class);
    assertThat(cache.size()).isZero();
    assertThat(cache.get("a", key -> "A")).isEqualTo("A");
  }

  @Test
  void get_bulkLoadElsewhereGivesNothing_failsAndNamesTheKey() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<Map<String, String>> bulk =
        CompletableFuture.supplyAsync(
            () ->
                cache.getAll(
                    List.of("none"),
                    keys -> {
                      begun.countDown();
                      goOn.await();
                      return Map.of();
                    }),
            threads);
    begun.await();
    Thread waiter =
        Thread.ofVirtual()
            .unstarted(() ->
                assertThatThrownBy(() -> cache.get("none", key -> "value"))
                    .isInstanceOf(CacheLoadException.class)
                    .hasMessageContaining("key=none"));
    AtomicInteger failures = new AtomicInteger();
    waiter.setUncaughtExceptionHandler((thread, failure) -> failures.incrementAndGet());
    waiter.start();
    while (waiter.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    goOn.countDown();
    waiter.join();

    assertThat(failures).hasValue(0);
    assertThat(bulk.join()).isEmpty();
  }

  @Test
  void warm_presentAbsentAndFailing_isCounted() {
    cache.put("present", "value");
    WarmReport report =
        cache.warm(
            List.of("present", "a", "b", "bad"),
            key -> {
              if (key.equals("bad")) {
                throw new IOException("bad");
              }
              return key;
            },
            2);

    assertThat(report).isEqualTo(new WarmReport(2, 1, 1));
    assertThat(cache.getIfPresent("b")).isEqualTo("b");
  }

  @Test
  void warm_parallelism_isKept() {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<String> keys = IntStream.range(0, 90).mapToObj(Integer::toString).toList();
    cache.warm(
        keys,
        key -> {
          most.accumulateAndGet(running.incrementAndGet(), Math::max);
          Thread.onSpinWait();
          running.decrementAndGet();
          return key;
        },
        3);

    assertThat(most.get()).isBetween(1, 3);
    assertThat(cache.size()).isEqualTo(90);
  }

  @Test
  void warm_noParallelism_isRefused() {
    assertThatThrownBy(() -> cache.warm(List.of("a"), key -> key, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("parallelism=0");
  }

  /**
   * What a thread does until its stack ends, on stacks that end at different places. Each leaves no
   * load: the next one would wait for it for ever.
   */
  private static void onStacksOfManySizes(Cache<Integer, Integer> deep, Runnable endless)
      throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      int padding = i % 25;
      Thread thread =
          new Thread(null, () -> overflow(padding, endless), "deep", 320_000 + 4096L * (i / 25));
      thread.start();
      thread.join();
      assertThat(((HeapCache<?, ?>) deep).loadsUnderWay()).as("after thread %d", i).isZero();
    }
  }

  private static void overflow(int padding, Runnable endless) {
    if (padding > 0) {
      overflow(padding - 1, endless);
    } else {
      try {
        endless.run();
      } catch (StackOverflowError | CacheLoadException expected) {
        // the stack had an end
      }
    }
  }

  @Test
  void get_loadersNestUntilTheStackEnds_noKeyStaysUnderWay() throws Exception {
    AtomicInteger deepest = new AtomicInteger();
    try (Cache<Integer, Integer> deep =
        Cache.<Integer, Integer>builder().maximumEntries(1_000_000).build()) {
      onStacksOfManySizes(deep, () -> nest(deep, 0, deepest));

      Invariants.check(deep);
      for (int key = 0; key <= deepest.get(); key++) {
        assertThat(deep.get(key, absent -> -1)).isEqualTo(-1);
      }
    }
  }

  private static int nest(Cache<Integer, Integer> deep, int key, AtomicInteger deepest) {
    deepest.accumulateAndGet(key, Math::max);
    return deep.get(key, absent -> nest(deep, absent + 1, deepest));
  }

  @Test
  void getAll_loadersNestUntilTheStackEnds_noKeyStaysUnderWay() throws Exception {
    try (Cache<Integer, Integer> deep =
        Cache.<Integer, Integer>builder().maximumEntries(1_000_000).build()) {
      onStacksOfManySizes(deep, () -> nestAll(deep, 0));

      Invariants.check(deep);
    }
  }

  private static Map<Integer, Integer> nestAll(Cache<Integer, Integer> deep, int key) {
    return deep.getAll(List.of(key, key + 1), absent -> nestAll(deep, key + 2));
  }

  @Test
  void get_stackEndsWithinALoad_itsKeyIsFreeThoughTheThreadGoesOn() throws Exception {
    try (Cache<Integer, Integer> deep =
        Cache.<Integer, Integer>builder().maximumEntries(100).build()) {
      onStacksOfManySizes(deep, () -> descend(deep, 0));

      Invariants.check(deep);
    }
  }

  private static int descend(Cache<Integer, Integer> deep, int depth) {
    int own = deep.get(depth, absent -> absent);
    return depth == Integer.MAX_VALUE ? own : own + descend(deep, depth + 1);
  }

  @Test
  void warm_moreParallelismThanKeys_startsNoThreadWithoutAKey() {
    AtomicInteger started = new AtomicInteger();
    InheritableThreadLocal<String> local =
        new InheritableThreadLocal<>() {
          @Override
          protected String childValue(String parents) {
            started.incrementAndGet();
            return parents;
          }
        };
    local.set("counts");
    try {
      assertThat(cache.warm(List.of("a", "b", "c"), key -> key, 10_000))
          .isEqualTo(new WarmReport(3, 0, 0));
    } finally {
      local.remove();
    }

    assertThat(started).hasValueLessThan(100); // those that carry virtual threads inherit, too
  }

  @Test
  @SuppressWarnings("NullAway") // what a loader must not do
  void getAll_loaderReturnsNull_isRefusedAndCountedAsFailure() {
    assertThatThrownBy(() -> cache.getAll(List.of("a", "b"), keys -> null))
        .isInstanceOf(CacheLoadException.class)
        .hasRootCauseInstanceOf(IllegalArgumentException.class)
        .hasStackTraceContaining("bulk loader returned null");

    assertThat(cache.stats().loads()).isZero();
    assertThat(cache.stats().loadFailures()).isEqualTo(2);
  }

  @Test
  @SuppressWarnings("NullAway") // what a caller must not do
  void get_noLoader_isRefusedAtOnce() {
    assertThatThrownBy(() -> cache.get("a", null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("loader");
    assertThatThrownBy(() -> cache.getAll(List.of("a"), null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("loader");
    assertThatThrownBy(() -> cache.warm(List.of("a"), null, 1))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("loader");
    assertThat(cache.stats().loadFailures()).isZero();
  }
}
