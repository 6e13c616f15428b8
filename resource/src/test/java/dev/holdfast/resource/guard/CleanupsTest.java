package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CleanupsTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(20);

  private static RegistrySpec spec() {
    return RegistrySpec.named("cleanups").leakDetection(LeakDetection.COUNT);
  }

  private static CleanupPolicy policy() {
    return CleanupPolicy.standard().timeout(LONG).backoff(Duration.ofMillis(1), SHORT);
  }

  // ---- order -----------------------------------------------------------------------------------

  @Test
  void order_askedWhileAllSlotsAreTaken_isByPriorityThenByAsking() throws Exception {
    RegistrySpec oneAtATime = spec().concurrency(1).patience(LONG).aging(LONG);
    try (ResourceRegistry registry = ResourceRegistry.open(oneAtATime)) {
      CountDownLatch go = new CountDownLatch(1);
      CountDownLatch blocks = new CountDownLatch(1);
      registry
          .guard(
              "first",
              "",
              text -> {
                blocks.countDown();
                Watchdog.await(go);
              },
              policy())
          .close();
      Watchdog.await(blocks);

      ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();
      List<CompletableFuture<CleanupOutcome>> ends = new ArrayList<>();
      for (int round = 0; round < 3; round++) {
        for (CleanupPriority priority :
            List.of(
                CleanupPriority.LOW,
                CleanupPriority.NORMAL,
                CleanupPriority.HIGH,
                CleanupPriority.CRITICAL)) {
          String name = priority.name() + round;
          ends.add(
              registry.guard(name, name, order::add, policy().priority(priority)).closeAsync());
        }
      }
      assertThat(registry.snapshot().queued()).containsEntry(CleanupPriority.LOW, 3);
      go.countDown();
      ends.forEach(Watchdog::get);

      assertThat(order)
          .containsExactly(
              "CRITICAL0",
              "CRITICAL1",
              "CRITICAL2",
              "HIGH0",
              "HIGH1",
              "HIGH2",
              "NORMAL0",
              "NORMAL1",
              "NORMAL2",
              "LOW0",
              "LOW1",
              "LOW2");
    }
  }

  @Test
  void concurrency_manyAsked_isReachedAndNeverExceeded() {
    CountDownLatch three = new CountDownLatch(3);
    RegistrySpec atMostThree = spec().concurrency(3).patience(LONG);
    try (ResourceRegistry registry = ResourceRegistry.open(atMostThree)) {
      AtomicInteger running = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      CleanupAction<Integer> action =
          number -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            three.countDown();
            Watchdog.await(three); // the first ones meet
            running.decrementAndGet();
          };

      closeMany(registry, 500, action).forEach(Watchdog::get);

      assertThat(most).hasValue(3);
    }
  }

  private static List<CompletableFuture<CleanupOutcome>> closeMany(
      ResourceRegistry registry, int count, CleanupAction<? super Integer> action) {
    List<CompletableFuture<CleanupOutcome>> ends = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ends.add(registry.guard("number", i, action, policy()).closeAsync());
    }
    return ends;
  }

  // ---- hanging ---------------------------------------------------------------------------------

  @Test
  void hangingCleanup_allSlotsTakenByHangingOnes_othersAreCleaned() throws Exception {
    RegistrySpec two = spec().concurrency(2).patience(SHORT);
    try (ResourceRegistry registry = ResourceRegistry.open(two)) {
      CountDownLatch go = new CountDownLatch(1);
      List<CompletableFuture<CleanupOutcome>> hanging =
          closeMany(registry, 20, number -> Watchdog.await(go));

      List<CompletableFuture<CleanupOutcome>> others = closeMany(registry, 200, number -> {});
      others.forEach(end -> assertThat(Watchdog.get(end).isCleaned()).isTrue());

      assertThat(hanging).noneMatch(CompletableFuture::isDone);
      assertThat(registry.snapshot().running()).isEqualTo(20);
      go.countDown();
      hanging.forEach(end -> assertThat(Watchdog.get(end).isCleaned()).isTrue());
    }
  }

  @Test
  void timeout_actionHangs_isInterruptedAndTimedOut() {
    try (ResourceRegistry registry = ResourceRegistry.open(spec())) {
      CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
      ResourceGuard<String> guard =
          registry.guard(
              "hanging",
              "content",
              text -> {
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  interrupted.complete(true);
                }
              },
              policy().timeout(SHORT));

      CleanupOutcome outcome = Watchdog.get(guard.closeAsync());

      assertThat(outcome.state()).isEqualTo(GuardState.TIMED_OUT);
      assertThat(outcome.attempts()).isEqualTo(1);
      assertThat(Watchdog.get(interrupted)).isTrue();
      Watchdog.until("it comes back late", () -> registry.snapshot().late() == 1);
      assertThat(registry.snapshot().stuck()).isZero();
      assertThat(registry.deadLetters())
          .singleElement()
          .satisfies(letter -> assertThat(letter.resource()).isEqualTo("content"));
    }
  }

  @Test
  void timeout_longerThanPatience_isKeptAllTheSame() {
    try (ResourceRegistry registry = ResourceRegistry.open(spec().patience(Duration.ofMillis(5)))) {
      CleanupAction<String> hangs = text -> new CountDownLatch(1).await();

      CleanupOutcome outcome =
          Watchdog.get(
              registry
                  .guard("hanging", "x", hangs, policy().timeout(Duration.ofMillis(40)))
                  .closeAsync());

      assertThat(outcome.state()).isEqualTo(GuardState.TIMED_OUT);
      assertThat(outcome.took()).isGreaterThanOrEqualTo(Duration.ofMillis(40));
    }
  }

  @Test
  void timeout_actionIgnoresInterrupts_isCountedAsStuckUntilItEnds() throws Exception {
    try (ResourceRegistry registry = ResourceRegistry.open(spec())) {
      CountDownLatch go = new CountDownLatch(1);
      AtomicInteger begun = new AtomicInteger();
      ResourceGuard<String> guard =
          registry.guard(
              "deaf",
              "x",
              text -> {
                begun.incrementAndGet();
                awaitDeafly(go);
              },
              policy().timeout(SHORT));

      assertThat(Watchdog.get(guard.closeAsync()).state()).isEqualTo(GuardState.TIMED_OUT);
      RegistrySnapshot stuck = registry.snapshot();
      go.countDown();
      Watchdog.until("it is not stuck any more", () -> registry.snapshot().stuck() == 0);

      assertThat(stuck.stuck()).isEqualTo(1);
      assertThat(stuck.running()).isZero();
      assertThat(stuck.isHealthy()).isFalse();
      assertThat(stuck.problems()).anyMatch(problem -> problem.contains("time-out: 1"));
      assertThat(guard.state()).isEqualTo(GuardState.TIMED_OUT);
      assertThat(begun).hasValue(1); // never a second one beside it
      assertThat(registry.snapshot().totals()).isEqualTo(new CleanupReport(1, 0, 0, 1, 0, 0));
    }
  }

  private static void awaitDeafly(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      try {
        Watchdog.await(latch);
      } catch (InterruptedException e) {
        // deaf
      }
    }
  }

  @Test
  void hangingCleanup_quickOnesWereExpected_thoseAskedBesideItAreCleaned() {
    try (ResourceRegistry registry = ResourceRegistry.open(spec().patience(LONG))) {
      CountDownLatch go = new CountDownLatch(1);
      for (int round = 0; round < 20; round++) {
        closeMany(registry, 50, number -> {}).forEach(Watchdog::get); // quick ones
        List<ResourceGuard<Integer>> batch = new ArrayList<>();
        batch.add(registry.guard("hanging", 0, number -> Watchdog.await(go), policy()));
        for (int i = 1; i < 20; i++) {
          batch.add(registry.guard("number", i, number -> {}, policy()));
        }

        CompletableFuture<CleanupReport> all = registry.closeAll(batch);

        for (ResourceGuard<Integer> other : batch.subList(1, batch.size())) {
          assertThat(Watchdog.get(other.closeAsync()).isCleaned()).isTrue();
        }
        assertThat(all).isNotDone();
      }
      go.countDown();
    }
  }

  @Test
  void hangingCleanup_quickOnesWereExpected_thoseAskedLaterAreCleaned() throws Exception {
    try (ResourceRegistry registry = ResourceRegistry.open(spec().patience(LONG))) {
      CountDownLatch go = new CountDownLatch(1);
      for (int round = 0; round < 20; round++) {
        closeMany(registry, 50, number -> {}).forEach(Watchdog::get); // quick ones
        CountDownLatch hangs = new CountDownLatch(1);
        CleanupAction<Integer> hanging =
            number -> {
              hangs.countDown();
              Watchdog.await(go);
            };
        CompletableFuture<CleanupOutcome> end =
            registry.guard("hanging", round, hanging, policy()).closeAsync();
        Watchdog.await(hangs);

        closeMany(registry, 3, number -> {}).forEach(Watchdog::get);

        assertThat(end).isNotDone();
      }
      go.countDown();
    }
  }

  @Test
  void announcement_listenerHangs_othersAreCleaned() throws Exception {
    RegistrySpec one = spec().concurrency(1).patience(SHORT);
    try (ResourceRegistry registry = ResourceRegistry.open(one)) {
      CountDownLatch go = new CountDownLatch(1);
      CountDownLatch begin = new CountDownLatch(1);
      CompletableFuture<Void> told =
          registry
              .guard("told", 0, number -> Watchdog.await(begin), policy())
              .closeAsync()
              .thenAccept(outcome -> CleanupsTest.awaitDeafly(go));
      begin.countDown();

      closeMany(registry, 10, number -> {}).forEach(Watchdog::get);

      assertThat(told).isNotDone();
      go.countDown();
      Watchdog.get(told);
    }
  }

  // ---- failing ---------------------------------------------------------------------------------

  @Test
  void retry_secondAttemptSucceeds_isCleaned() {
    try (ResourceRegistry registry = ResourceRegistry.open(spec())) {
      AtomicInteger begun = new AtomicInteger();
      ResourceGuard<String> guard =
          registry.guard(
              "shaky",
              "x",
              text -> {
                if (begun.incrementAndGet() == 1) {
                  throw new IOException("injected");
                }
              },
              policy());

      CleanupOutcome outcome = Watchdog.get(guard.closeAsync());

      assertThat(outcome.isCleaned()).isTrue();
      assertThat(outcome.attempts()).isEqualTo(2);
      assertThat(outcome.failure()).get().isInstanceOf(IOException.class);
      assertThat(registry.snapshot().retries()).isEqualTo(1);
      assertThat(registry.deadLetters()).isEmpty();
    }
  }

  @Test
  void retry_everyAttemptThrows_becomesADeadLetter() {
    try (ResourceRegistry registry = ResourceRegistry.open(spec())) {
      ResourceGuard<String> guard =
          registry.guard("broken", "content", CleanupsTest::fail, policy().attemptsMax(3));

      CleanupOutcome outcome = Watchdog.get(guard.closeAsync());

      assertThat(outcome.state()).isEqualTo(GuardState.FAILED);
      assertThat(outcome.attempts()).isEqualTo(3);
      assertThat(registry.snapshot().isHealthy()).isFalse();
      assertThat(registry.takeDeadLetters())
          .singleElement()
          .satisfies(letter -> {
            assertThat(letter.info().name()).isEqualTo("broken");
            assertThat(letter.info().state()).isEqualTo(GuardState.FAILED);
            assertThat(letter.outcome()).isEqualTo(outcome);
            assertThat(letter.resource()).isEqualTo("content");
          });
      assertThat(registry.deadLetters()).isEmpty();
      assertThat(registry.snapshot().isHealthy()).isTrue();
      assertThat(registry.resources()).isEmpty();
    }
  }

  private static void fail(Object resource) throws IOException {
    throw new IOException("injected: " + resource);
  }

  @Test
  void retry_pauseReachesBeyondTheTimeout_isFailedAtOnce() {
    try (ResourceRegistry registry = ResourceRegistry.open(spec())) {
      CleanupPolicy longPause =
          CleanupPolicy.standard().timeout(Duration.ofSeconds(60)).backoff(LONG, LONG);

      CleanupOutcome outcome =
          Watchdog.get(registry.guard("broken", "x", CleanupsTest::fail, longPause).closeAsync());

      assertThat(outcome.state()).isEqualTo(GuardState.FAILED);
      assertThat(outcome.attempts()).isEqualTo(1);
    }
  }

  @Test
  void failure_anError_isThatResourcesOnly() {
    try (ResourceRegistry registry = ResourceRegistry.open(spec())) {
      CleanupOutcome failed =
          Watchdog.get(
              registry
                  .guard(
                      "broken",
                      "x",
                      text -> {
                        throw new StackOverflowError("injected");
                      },
                      policy().attemptsMax(1))
                  .closeAsync());
      CleanupOutcome fine = Watchdog.get(registry.guard("fine", "x", text -> {}).closeAsync());

      assertThat(failed.state()).isEqualTo(GuardState.FAILED);
      assertThat(failed.failure()).get().isInstanceOf(StackOverflowError.class);
      assertThat(fine.isCleaned()).isTrue();
    }
  }

  @Test
  void deadLetters_moreThanAreKept_oldestIsDropped() {
    try (ResourceRegistry registry = ResourceRegistry.open(spec().deadLettersMax(2))) {
      for (int i = 0; i < 3; i++) {
        Watchdog.get(
            registry.guard("n", i, CleanupsTest::fail, policy().attemptsMax(1)).closeAsync());
      }

      assertThat(registry.deadLetters()).extracting(DeadLetter::resource).containsExactly(1, 2);
      assertThat(registry.snapshot().deadLettersDropped()).isEqualTo(1);
    }
  }

  @Test
  void announcement_interruptLeftByTheAction_isNotSeen() {
    try (ResourceRegistry registry = ResourceRegistry.open(spec())) {
      CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
      CountDownLatch chained = new CountDownLatch(1);
      CompletableFuture<CleanupOutcome> end =
          registry
              .guard(
                  "text",
                  "x",
                  text -> {
                    Watchdog.await(chained);
                    Thread.currentThread().interrupt();
                  })
              .closeAsync();
      CompletableFuture<Void> told =
          end.thenAccept(outcome -> interrupted.complete(Thread.currentThread().isInterrupted()));
      chained.countDown();
      Watchdog.get(told);

      assertThat(Watchdog.get(interrupted)).isFalse();
    }
  }

  // ---- threads ---------------------------------------------------------------------------------

  @Test
  void threads_everySecondCannotBeStarted_nothingIsLost() {
    AtomicInteger asked = new AtomicInteger();
    ThreadFactory virtual = Thread.ofVirtual().factory();
    ThreadFactory shaky =
        task -> {
          if (asked.incrementAndGet() % 2 == 0) {
            throw new OutOfMemoryError("injected: no thread");
          }
          return Optional.ofNullable(virtual.newThread(task)).orElseThrow();
        };
    try (ResourceRegistry registry = ResourceRegistry.open(spec().threads(shaky))) {
      AtomicInteger cleaned = new AtomicInteger();
      CountDownLatch eachOnAThreadOfItsOwn = new CountDownLatch(20);

      closeMany(
              registry,
              20,
              number -> {
                eachOnAThreadOfItsOwn.countDown();
                Watchdog.await(eachOnAThreadOfItsOwn);
                cleaned.incrementAndGet();
              })
          .forEach(Watchdog::get);

      assertThat(cleaned).hasValue(20);
      assertThat(asked.get()).isGreaterThan(20);
    }
  }

  @Test
  void threads_manyWaitForOneSlot_oneServesThemAll() {
    AtomicInteger asked = new AtomicInteger();
    ThreadFactory counted =
        task -> {
          asked.incrementAndGet();
          return Thread.ofVirtual().unstarted(task);
        };
    RegistrySpec one = spec().concurrency(1).patience(LONG).threads(counted);
    try (ResourceRegistry registry = ResourceRegistry.open(one)) {
      AtomicInteger cleaned = new AtomicInteger();
      List<ResourceGuard<Integer>> batch = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        batch.add(registry.guard("number", i, number -> cleaned.incrementAndGet(), policy()));
      }

      Watchdog.get(registry.closeAll(batch));

      assertThat(cleaned).hasValue(1_000);
      assertThat(asked).hasValue(1);
    }
  }

  @Test
  void threads_actionLeavesAnInterrupt_nextOneOnThatThreadIsNotInterrupted() {
    RegistrySpec one = spec().concurrency(1).patience(LONG);
    try (ResourceRegistry registry = ResourceRegistry.open(one)) {
      AtomicInteger interrupted = new AtomicInteger();
      List<ResourceGuard<Integer>> batch = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        CleanupAction<Integer> action =
            number -> {
              interrupted.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
              Thread.currentThread().interrupt();
            };
        batch.add(registry.guard("number", i, action, policy()));
      }

      assertThat(Watchdog.get(registry.closeAll(batch)).isClean()).isTrue();

      assertThat(interrupted).hasValue(0);
    }
  }

  @Test
  void threads_timedOutAndFactoryGivesNoMore_isToldAllTheSame() {
    AtomicInteger asked = new AtomicInteger();
    ThreadFactory onlyOne =
        task -> {
          if (asked.incrementAndGet() > 1) {
            throw new OutOfMemoryError("injected: no thread");
          }
          return Thread.ofVirtual().unstarted(task);
        };
    try (ResourceRegistry registry = ResourceRegistry.open(spec().threads(onlyOne))) {
      CleanupOutcome outcome =
          Watchdog.get(
              registry
                  .guard(
                      "hanging",
                      "x",
                      text -> new CountDownLatch(1).await(),
                      policy().timeout(SHORT))
                  .closeAsync());

      assertThat(outcome.state()).isEqualTo(GuardState.TIMED_OUT);
    }
  }

  @Test
  void cleanups_tenThousandOfNoLength_areAllCleanedOnce() {
    try (ResourceRegistry registry = ResourceRegistry.open(spec())) {
      AtomicInteger cleaned = new AtomicInteger();

      closeMany(registry, 10_000, number -> cleaned.incrementAndGet()).forEach(Watchdog::get);

      assertThat(cleaned).hasValue(10_000);
      RegistrySnapshot snapshot = registry.snapshot();
      assertThat(snapshot.totals()).isEqualTo(new CleanupReport(10_000, 10_000, 0, 0, 0, 0));
      assertThat(snapshot.isHealthy()).isTrue();
      assertThat(snapshot.median()).isPositive().isLessThanOrEqualTo(snapshot.p99());
      assertThat(snapshot.p99()).isLessThanOrEqualTo(snapshot.longest());
    }
  }
}
