package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class DrainTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(30);

  private final CountDownLatch never = new CountDownLatch(1);

  private static ResourceRegistry open() {
    return ResourceRegistry.open(RegistrySpec.named("drained"));
  }

  private void hang(Object resource) throws InterruptedException {
    assertThat(resource).isNotNull();
    never.await();
  }

  @Test
  void drain_liveGuards_areAllCleaned() throws Exception {
    ResourceRegistry registry = open();
    AtomicInteger cleaned = new AtomicInteger();
    for (int i = 0; i < 100; i++) {
      registry.guard("number", i, number -> cleaned.incrementAndGet());
    }

    CleanupReport report = registry.drain(LONG);

    assertThat(report).isEqualTo(new CleanupReport(100, 100, 0, 0, 0, 0));
    assertThat(report.isClean()).isTrue();
    assertThat(report.successRate()).isEqualTo(1);
    assertThat(cleaned).hasValue(100);
    assertThat(registry.drain(LONG)).isEqualTo(report);
    assertThat(registry.snapshot().problems()).containsExactly("registry is drained");
    registry.close();
  }

  @Test
  void drain_everyKindOfEnd_sumIsExact() throws Exception {
    RegistrySpec one = RegistrySpec.named("drained").concurrency(1).patience(LONG);
    ResourceRegistry registry = ResourceRegistry.open(one);
    Watchdog.get(registry.guard("cleaned", 1, number -> {}).closeAsync());
    Watchdog.get(
        registry
            .guard("failed", 2, DrainTest::fail, CleanupPolicy.standard().attemptsMax(1))
            .closeAsync());
    registry.guard("detached", 3, number -> {}).detach();
    CompletableFuture<CleanupOutcome> backingOff =
        registry
            .guard(
                "backing off",
                4,
                DrainTest::fail,
                CleanupPolicy.standard().timeout(LONG.multipliedBy(3)).backoff(LONG, LONG))
            .closeAsync();
    Watchdog.until("it backs off", () -> registry.snapshot().backingOff() == 1);
    CompletableFuture<CleanupOutcome> hanging =
        registry.guard("hanging", 5, this::hang).closeAsync();
    Watchdog.until("it hangs", () -> registry.snapshot().running() == 1);
    ResourceGuard<Integer> live = registry.guard("live", 6, number -> {});

    CleanupReport report = registry.drain(SHORT);

    assertThat(report).isEqualTo(new CleanupReport(6, 1, 1, 1, 2, 1));
    assertThat(report.unfinished()).isZero();
    assertThat(report.isClean()).isFalse();
    assertThat(report.successRate()).isEqualTo(1.0 / 3);
    assertThat(Watchdog.get(backingOff).state()).isEqualTo(GuardState.ABANDONED);
    assertThat(Watchdog.get(hanging).state()).isEqualTo(GuardState.TIMED_OUT);
    assertThat(live.state()).isEqualTo(GuardState.ABANDONED);
    assertThat(registry.deadLetters())
        .extracting(DeadLetter::resource)
        .containsExactlyInAnyOrder(2, 4, 5, 6);
    assertThat(registry.resources()).isEmpty();
    RegistrySnapshot after = registry.snapshot();
    assertThat(after.backingOff()).isZero();
    assertThat(after.live()).isZero();
  }

  private static void fail(Object resource) throws IOException {
    throw new IOException("injected: " + resource);
  }

  @Test
  void drain_guardsRegisteredAndClosedMeanwhile_sumIsExactAndEachCleanedOnce() throws Exception {
    for (int round = 0; round < 20; round++) {
      ResourceRegistry registry = open();
      int each = 200;
      int threads = 4;
      AtomicIntegerArray cleaned = new AtomicIntegerArray(each * threads);
      CountDownLatch some = new CountDownLatch(threads * 20);
      AtomicInteger refused = new AtomicInteger();
      try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
          int from = thread * each;
          running.add(
              executor.submit(() -> {
                for (int i = from; i < from + each; i++) {
                  try {
                    ResourceGuard<Integer> guard =
                        registry.guard("number", i, cleaned::incrementAndGet);
                    if (i % 2 == 0) {
                      guard.close();
                    }
                  } catch (IllegalStateException e) {
                    refused.incrementAndGet();
                  }
                  some.countDown();
                }
              }));
        }
        Watchdog.await(some);
        CleanupReport report = registry.drain(LONG);
        for (Future<?> one : running) {
          one.get(120, TimeUnit.SECONDS);
        }

        assertThat(report.unfinished()).isZero();
        assertThat(report.cleaned()).isEqualTo(report.registered());
        assertThat(report.registered() + refused.get()).isEqualTo((long) threads * each);
        assertThat(registry.snapshot().refused()).isEqualTo(refused.get());
        for (int i = 0; i < threads * each; i++) {
          assertThat(cleaned.get(i)).as("round %d, resource %d", round, i).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void guard_registryIsDrained_isRefusedAndCleanedByTheCaller() throws Exception {
    ResourceRegistry registry = open();
    registry.drain(LONG);
    List<Thread> cleanedBy = new ArrayList<>();

    assertThatThrownBy(
            () -> registry.guard("late", 1, number -> cleanedBy.add(Thread.currentThread())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("resource=late");

    assertThat(cleanedBy).containsExactly(Thread.currentThread());
    assertThat(registry.drain(LONG)).isEqualTo(new CleanupReport(0, 0, 0, 0, 0, 0));
  }

  @Test
  void drain_interrupted_cleanupsGoOnAndAnotherDrainFinishes() throws Exception {
    ResourceRegistry registry = open();
    CountDownLatch go = new CountDownLatch(1);
    registry.guard("slow", 1, number -> Watchdog.await(go));

    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> registry.drain(LONG)).isInstanceOf(InterruptedException.class);
    go.countDown();

    assertThat(registry.drain(LONG)).isEqualTo(new CleanupReport(1, 1, 0, 0, 0, 0));
  }

  @Test
  void close_interrupted_givesUpWhatIsLeftAndKeepsTheInterrupt() {
    ResourceRegistry registry = open();
    ResourceGuard<Integer> guard = registry.guard("hanging", 1, this::hang);
    guard.close();
    Watchdog.until("it hangs", () -> registry.snapshot().running() == 1);

    Thread.currentThread().interrupt();
    registry.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(guard.state()).isEqualTo(GuardState.TIMED_OUT);
    assertThat(registry.snapshot().totals()).isEqualTo(new CleanupReport(1, 0, 0, 1, 0, 0));
  }

  @Test
  void close_timeoutOver_givesUpWhatIsLeft() {
    RegistrySpec spec = RegistrySpec.named("drained").closeTimeout(SHORT);
    ResourceRegistry registry = ResourceRegistry.open(spec);
    ResourceGuard<Integer> guard = registry.guard("hanging", 1, this::hang);

    registry.close();
    registry.close();

    assertThat(guard.state().isLost()).isTrue();
    assertThat(registry.snapshot().totals().unfinished()).isZero();
  }

  @Test
  void drain_negativeDeadline_isRefusedBeforeAnythingIsClosed() {
    try (ResourceRegistry registry = open()) {
      ResourceGuard<Integer> guard = registry.guard("number", 1, number -> {});

      assertThatThrownBy(() -> registry.drain(Duration.ofSeconds(-1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("deadline=PT-1S");
      assertThat(guard.state()).isEqualTo(GuardState.LIVE);
    }
  }

  @Test
  void drain_deadlineLongerThanAnyClock_waitsForAllCleanups() throws Exception {
    ResourceRegistry registry = open();
    CountDownLatch go = new CountDownLatch(1);
    registry.guard("slow", 1, number -> Watchdog.await(go)).close();
    CompletableFuture<CleanupReport> drained =
        CompletableFuture.supplyAsync(() -> drainForEver(registry));

    Watchdog.until("it is draining", () -> !registry.snapshot().isHealthy());
    assertThat(drained).isNotDone();
    go.countDown();

    assertThat(Watchdog.get(drained)).isEqualTo(new CleanupReport(1, 1, 0, 0, 0, 0));
  }

  private static CleanupReport drainForEver(ResourceRegistry registry) {
    try {
      return registry.drain(ChronoUnit.FOREVER.getDuration());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void drain_noTimeAtAll_givesUpWhatIsNotFinished() throws Exception {
    ResourceRegistry registry = open();
    registry.guard("hanging", 1, this::hang).close();
    Watchdog.until("it hangs", () -> registry.snapshot().running() == 1);

    assertThat(registry.drain(Duration.ZERO)).isEqualTo(new CleanupReport(1, 0, 0, 1, 0, 0));
  }

  // ---- many at once ----------------------------------------------------------------------------

  @Test
  void forceCleanup_acceptedOnes_runExactlyOnce() throws Exception {
    try (ResourceRegistry registry = open()) {
      AtomicIntegerArray cleaned = new AtomicIntegerArray(10);
      for (int i = 0; i < 10; i++) {
        registry.guard(i % 2 == 0 ? "even" : "odd", i, cleaned::incrementAndGet);
      }

      CleanupReport report =
          Watchdog.get(registry.forceCleanup(resource -> resource.name().equals("even")));
      CleanupReport again =
          Watchdog.get(registry.forceCleanup(resource -> resource.name().equals("even")));

      assertThat(report).isEqualTo(new CleanupReport(5, 5, 0, 0, 0, 0));
      assertThat(again.registered()).isZero();
      registry.drain(LONG);
      for (int i = 0; i < 10; i++) {
        assertThat(cleaned.get(i)).isEqualTo(1);
      }
    }
  }

  @Test
  void closeAll_batch_isQueuedInOrderAndReported() {
    try (ResourceRegistry registry =
        ResourceRegistry.open(RegistrySpec.named("batch").concurrency(1).patience(LONG))) {
      ConcurrentLinkedQueue<Integer> order = new ConcurrentLinkedQueue<>();
      List<ResourceGuard<Integer>> batch = new ArrayList<>();
      List<Integer> expected = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        batch.add(registry.guard("number", i, order::add));
        expected.add(i);
      }
      ResourceGuard<Integer> detached = registry.guard("detached", 50, order::add);
      detached.detach();
      batch.add(detached);
      batch.add(batch.getFirst()); // named twice, counted once

      CleanupReport report = Watchdog.get(registry.closeAll(batch));

      assertThat(report).isEqualTo(new CleanupReport(51, 50, 0, 0, 0, 1));
      assertThat(order).containsExactlyElementsOf(expected);
    }
  }

  @Test
  void closeAll_guardOfAnotherRegistry_isRefusedBeforeAnythingIsClosed() {
    try (ResourceRegistry registry = open();
        ResourceRegistry other = ResourceRegistry.open(RegistrySpec.named("other"))) {
      ResourceGuard<Integer> mine = registry.guard("mine", 1, number -> {});
      ResourceGuard<Integer> foreign = other.guard("foreign", 2, number -> {});

      assertThatThrownBy(() -> registry.closeAll(List.of(mine, foreign)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("its registry=other");
      assertThat(mine.state()).isEqualTo(GuardState.LIVE);
    }
  }
}
