package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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

  @Test
  void put_again_beginsTheTimeAnew() {
    try (Cache<String, Integer> cache = builder().expireAfterWrite(MINUTE).build()) {
      cache.put("a", 1);
      clock.advance(MINUTE.minusSeconds(1));
      cache.put("a", 2);
      clock.advance(MINUTE.minusSeconds(1));

      assertThat(cache.getIfPresent("a")).isEqualTo(2);
    }
  }

  @Test
  void expireAfter_functionOfTheEntry_decides() {
    try (Cache<String, Integer> cache =
        builder().expireAfter((key, value) -> Duration.ofSeconds(value)).build()) {
      cache.put("a", 1);
      cache.put("b", 3);
      clock.advance(Duration.ofSeconds(2));

      assertThat(cache.getIfPresent("a")).isNull();
      assertThat(cache.getIfPresent("b")).isEqualTo(3);
    }
  }

  @Test
  void expireAfter_functionFails_changesNothing() {
    try (Cache<String, Integer> cache =
        builder().expireAfter((key, value) -> Duration.ofSeconds(value)).build()) {
      cache.put("a", 1);

      assertThatThrownBy(() -> cache.put("a", -1)).isInstanceOf(IllegalArgumentException.class);
      assertThat(cache.getIfPresent("a")).isEqualTo(1);
      assertThat(removed).isEmpty();
    }
  }

  @Test
  void put_endlessTimeToLive_neverEnds() {
    try (Cache<String, Integer> cache = builder().build()) {
      cache.put("a", 1, Duration.ofSeconds(Long.MAX_VALUE));
      clock.advance(Duration.ofDays(10_000));

      assertThat(cache.getIfPresent("a")).isEqualTo(1);
    }
  }

  @Test
  void ttlJitter_writtenTogether_endsApartAndNeverLate() {
    try (Cache<String, Integer> cache =
        builder().maximumEntries(100).expireAfterWrite(MINUTE).ttlJitter(0.5).build()) {
      for (int i = 0; i < 100; i++) {
        cache.put("k" + i, i);
      }
      clock.advance(MINUTE.dividedBy(2).minusNanos(1));
      cache.sweep();
      assertThat(cache.size()).isEqualTo(100);
      clock.advance(MINUTE.dividedBy(4));
      cache.sweep();
      assertThat(cache.size()).isBetween(20L, 80L);
      clock.advance(MINUTE.dividedBy(4).plusMillis(20));
      cache.sweep();
      assertThat(cache.size()).isZero();
    }
  }

  @Test
  void evict_someHaveEnded_theyGoFirst() {
    try (Cache<String, Integer> cache = builder().maximumEntries(2).build()) {
      cache.put("live", 1);
      cache.put("ended", 2, Duration.ofSeconds(1));
      clock.advance(Duration.ofSeconds(2));
      cache.put("new", 3);

      assertThat(removed).containsExactly("ended=2 EXPIRED");
      assertThat(cache.getIfPresent("live")).isEqualTo(1);
    }
  }

  @Test
  void sweep_inTheBackground_removesWithoutBeingAsked() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    try (Cache<String, Integer> cache =
        Cache.<String, Integer>builder()
            .maximumEntries(10)
            .expireAfterWrite(Duration.ofMillis(20))
            .sweepInterval(Duration.ofMillis(10))
            .removalListener((key, value, cause) -> {
              if (cause == RemovalCause.EXPIRED) {
                told.countDown();
              }
            })
            .build()) {
      cache.put("a", 1);

      assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(cache.size()).isZero();
    }
  }

  @Test
  void getIfPresent_trueClock_endsWithoutASweep() throws Exception {
    try (Cache<String, Integer> cache =
        Cache.<String, Integer>builder().maximumEntries(10).sweepInterval(Duration.ZERO).build()) {
      cache.put("a", 1, Duration.ofMillis(5));
      long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (cache.getIfPresent("a") != null && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }

      assertThat(cache.getIfPresent("a")).isNull();
    }
  }

  @Test
  void refreshAfterWrite_oldEnough_returnsTheOldAndLoadsTheNew() throws Exception {
    CountDownLatch refreshed = new CountDownLatch(1);
    try (Cache<String, Integer> cache =
        Cache.<String, Integer>builder()
            .maximumEntries(10)
            .clock(clock)
            .refreshAfterWrite(MINUTE)
            .removalListener((key, value, cause) -> refreshed.countDown())
            .build()) {
      cache.get("a", key -> 1);
      clock.advance(MINUTE);

      assertThat(cache.get("a", key -> 2)).isEqualTo(1);
      assertThat(refreshed.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(cache.get("a", key -> 3)).isEqualTo(2);
    }
  }

  @Test
  void refreshAfterWrite_fails_keepsTheOldAndTriesLater() throws Exception {
    CountDownLatch failed = new CountDownLatch(1);
    CountDownLatch refreshed = new CountDownLatch(1);
    try (Cache<String, Integer> cache =
        Cache.<String, Integer>builder()
            .maximumEntries(10)
            .clock(clock)
            .refreshAfterWrite(MINUTE)
            .removalListener((key, value, cause) -> refreshed.countDown())
            .build()) {
      cache.get("a", key -> 1);
      clock.advance(MINUTE);
      cache.get(
          "a",
          key -> {
            failed.countDown();
            throw new IllegalStateException("not now");
          });
      assertThat(failed.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(cache.getIfPresent("a")).isEqualTo(1);
      long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (refreshed.getCount() > 0 && System.nanoTime() < deadline) {
        clock.advance(MINUTE); // until the failed refresh has noted when to try again
        cache.get("a", key -> 2);
        Thread.onSpinWait();
      }

      assertThat(refreshed.getCount()).isZero();
      assertThat(cache.getIfPresent("a")).isEqualTo(2);
    }
  }

  @Test
  void housekeeper_cacheIsDropped_doesNotKeepIt() throws Exception {
    WeakReference<Cache<String, Integer>> dropped = droppedCache();
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (dropped.get() != null && System.nanoTime() < deadline) {
      System.gc();
      Thread.onSpinWait();
    }

    assertThat(dropped.get()).isNull();
  }

  private static WeakReference<Cache<String, Integer>> droppedCache() {
    Cache<String, Integer> cache =
        Cache.<String, Integer>builder().maximumEntries(10).expireAfterWrite(MINUTE).build();
    cache.put("a", 1);
    return new WeakReference<>(cache);
  }

  @Test
  void clock_goesBack_timesHoldAndTheSweepWaits() {
    try (Cache<String, Integer> cache = builder().expireAfterWrite(MINUTE).build()) {
      cache.put("before", 1);
      clock.advance(Duration.ofHours(-1));
      cache.put("after", 2);
      assertThat(cache.getIfPresent("before")).isEqualTo(1);
      assertThat(cache.getIfPresent("after")).isEqualTo(2);
      clock.advance(MINUTE);
      assertThat(cache.sweep()).isZero();
      assertThat(cache.getIfPresent("after")).isNull();
      assertThat(cache.getIfPresent("before")).isEqualTo(1);
      cache.put("again", 3);
      clock.advance(Duration.ofHours(1).plusMillis(20));

      assertThat(cache.sweep()).isEqualTo(2);
    }
  }

  /** Until the answer is set to false: all that run virtual threads have one that does not end. */
  private static AtomicBoolean noVirtualThreadStarts() throws InterruptedException {
    AtomicBoolean busy = new AtomicBoolean(true);
    int carriers =
        Integer.getInteger(
            "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
    CountDownLatch begun = new CountDownLatch(carriers);
    for (int i = 0; i < carriers; i++) {
      Thread.ofVirtual()
          .start(() -> {
            begun.countDown();
            while (busy.get()) {
              Thread.onSpinWait();
            }
          });
    }
    begun.await();
    return busy;
  }

  /** Says who runs it, and loads 2 when it may go on. */
  private static CacheLoader<String, Integer> heldLoader(
      CompletableFuture<Thread> runner, CountDownLatch goOn) {
    return key -> {
      runner.complete(Thread.currentThread());
      goOn.await();
      return 2;
    };
  }

  /** What a refresh that was claimed does after a change. */
  private void refreshHeldWhile(Consumer<Cache<String, Integer>> change) throws Exception {
    CompletableFuture<Thread> runner = new CompletableFuture<>();
    CountDownLatch goOn = new CountDownLatch(1);
    HeapCache<String, Integer> cache =
        (HeapCache<String, Integer>) builder().refreshAfterWrite(MINUTE).build();
    cache.put("a", 1);
    clock.advance(MINUTE);
    AtomicBoolean busy = noVirtualThreadStarts();
    cache.get("a", heldLoader(runner, goOn));
    int claimed = cache.loadsUnderWay();
    change.accept(cache);
    int wanted = cache.loadsUnderWay();
    busy.set(false);
    goOn.countDown();
    assertThat(claimed).isEqualTo(1);
    assertThat(wanted).isZero();
    if (!cache.isClosed()) { // a closed one need not have begun
      runner.get(30, TimeUnit.SECONDS).join();
    }
    assertThat(cache.size()).isZero();
    cache.close();
  }

  @Test
  void remove_afterARefreshWasClaimed_keyDoesNotComeBack() throws Exception {
    refreshHeldWhile(cache -> cache.remove("a"));
  }

  @Test
  void clear_afterARefreshWasClaimed_keyDoesNotComeBack() throws Exception {
    refreshHeldWhile(Cache::clear);
  }

  @Test
  void close_afterARefreshWasClaimed_keyDoesNotComeBack() throws Exception {
    refreshHeldWhile(Cache::close);
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void clear_aRefreshBeginsMeanwhile_keyDoesNotComeBack() throws Exception {
    CompletableFuture<Thread> runner = new CompletableFuture<>();
    CountDownLatch goOn = new CountDownLatch(1);
    try (HeapCache<String, Integer> cache =
        (HeapCache<String, Integer>) builder().shards(1).refreshAfterWrite(MINUTE).build()) {
      cache.put("a", 1);
      clock.advance(MINUTE);
      ReentrantLock lock = cache.shards()[0].lock;
      Thread clearer = Thread.ofPlatform().unstarted(cache::clear);
      lock.lock();
      try {
        clearer.start();
        while (!lock.hasQueuedThread(clearer)) {
          Thread.onSpinWait();
        }
        cache.get("a", heldLoader(runner, goOn));
      } finally {
        lock.unlock();
      }
      clearer.join();
      goOn.countDown();
      runner.get().join();
      assertThat(cache.size()).isZero();
    }
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void get_stackEndsWhereARefreshIsDue_aLaterOneIsMadeAllTheSame() throws Exception {
    try (Cache<String, Integer> cache = builder().refreshAfterWrite(MINUTE).build()) {
      for (int kilobytes = 200; kilobytes < 264; kilobytes++) {
        cache.put("a", 1);
        clock.advance(MINUTE);
        Thread deep =
            new Thread(null, () -> getAtTheEndOfTheStack(cache, 1), "deep", kilobytes << 10);
        deep.start();
        deep.join();
        while (cache.get("a", key -> 2) != 2) {
          clock.advance(MINUTE);
          Thread.onSpinWait();
        }
      }
    }
  }

  private static int getAtTheEndOfTheStack(Cache<String, Integer> cache, int depth) {
    try {
      return depth == 0 ? 0 : 1 + getAtTheEndOfTheStack(cache, depth + 1);
    } catch (StackOverflowError theEnd) {
      return cache.get("a", key -> 2); // or this one overflows: then the caller tries
    }
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void get_valueEndsWhileItsRefreshRuns_waitsForTheRefreshThatIsAnotherThreads() throws Exception {
    Thread caller = Thread.currentThread();
    try (Cache<String, Integer> cache =
        builder().expireAfterWrite(MINUTE.multipliedBy(2)).refreshAfterWrite(MINUTE).build()) {
      cache.put("a", 1);
      clock.advance(MINUTE);
      cache.get(
          "a",
          key -> {
            while (caller.getState() != Thread.State.WAITING) {
              Thread.onSpinWait();
            }
            return 2;
          });
      clock.advance(MINUTE);

      assertThat(cache.get("a", key -> 3)).isEqualTo(2);
    }
  }
}
