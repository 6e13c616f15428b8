package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a user's thread factory may do without harm to anybody. */
class ThreadFactoryTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final String NO_THREAD = "no thread comes for clean-ups that wait";

  private final AtomicInteger cleaned = new AtomicInteger();

  private static ResourceRegistry open(ThreadFactory threads) {
    return ResourceRegistry.open(
        RegistrySpec.named("threads").leakDetection(LeakDetection.COUNT).threads(threads));
  }

  private CompletableFuture<CleanupOutcome> closeOne(ResourceRegistry registry) {
    return registry.guard("text", "x", text -> cleaned.incrementAndGet()).closeAsync();
  }


  // ---- threads that never come -----------------------------------------------------------------

  /** Threads that end before their first step while the wrapper is broken. */
  private static ThreadFactory threadsThatEndWhile(AtomicBoolean broken) {
    return task ->
        Thread.ofVirtual()
            .uncaughtExceptionHandler((thread, failure) -> {})
            .unstarted(() -> {
              if (broken.get()) {
                throw new IllegalStateException("injected: the wrapper failed");
              }
              task.run();
            });
  }

  @Test
  void thread_firstOneEndsBeforeItsFirstStep_anotherCleansUp() {
    AtomicBoolean first = new AtomicBoolean(true);
    ThreadFactory firstFails =
        task -> threadsThatEndWhile(new AtomicBoolean(first.getAndSet(false))).newThread(task);
    try (ResourceRegistry registry = open(firstFails)) {
      assertThat(Watchdog.get(closeOne(registry)).isCleaned()).isTrue();
      for (int i = 0; i < 100; i++) {
        assertThat(Watchdog.get(closeOne(registry)).isCleaned()).isTrue();
      }

      assertThat(cleaned).hasValue(101);
      assertThat(registry.snapshot().problems()).isEmpty();
    }
  }

  @Test
  void thread_everySecondOneEndsBeforeItsFirstStepAndOneSlot_nothingIsLost() {
    AtomicInteger asked = new AtomicInteger();
    ThreadFactory everySecondFails =
        task ->
            threadsThatEndWhile(new AtomicBoolean(asked.incrementAndGet() % 2 == 1))
                .newThread(task);
    RegistrySpec one =
        RegistrySpec.named("one").concurrency(1).patience(LONG).threads(everySecondFails);
    try (ResourceRegistry registry = ResourceRegistry.open(one)) {
      for (int i = 0; i < 10; i++) {
        assertThat(Watchdog.get(closeOne(registry)).isCleaned()).isTrue();
        Watchdog.until("its thread ends", () -> registry.snapshot().running() == 0);
      }

      assertThat(cleaned).hasValue(10);
    }
  }

  @Test
  void thread_noneComes_isAProblemUntilOneDoes() {
    AtomicBoolean broken = new AtomicBoolean(true);
    try (ResourceRegistry registry = open(threadsThatEndWhile(broken))) {
      CompletableFuture<CleanupOutcome> end = closeOne(registry);
      Watchdog.until(
          "it is told",
          () -> registry.snapshot().problems().stream().anyMatch(p -> p.contains(NO_THREAD)));
      assertThat(end).isNotDone();
      broken.set(false);

      assertThat(Watchdog.get(end).isCleaned()).isTrue();
      assertThat(registry.snapshot().problems()).isEmpty();
    }
  }

  @Test
  void thread_factoryGivesNone_isAProblemAndTheDrainEnds() throws Exception {
    ThreadFactory none =
        task -> {
          throw new OutOfMemoryError("injected: no thread");
        };
    ResourceRegistry registry = open(none);
    ResourceGuard<String> guard = registry.guard("text", "x", text -> cleaned.incrementAndGet());
    guard.close();
    Watchdog.until(
        "it is told",
        () -> registry.snapshot().problems().stream().anyMatch(p -> p.contains(NO_THREAD)));

    CleanupReport report = registry.drain(SHORT);

    assertThat(report).isEqualTo(new CleanupReport(1, 0, 0, 0, 1, 0));
    assertThat(Watchdog.get(guard.closeAsync()).state()).isEqualTo(GuardState.ABANDONED);
  }
}
