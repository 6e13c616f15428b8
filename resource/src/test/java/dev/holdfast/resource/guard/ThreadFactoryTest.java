package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
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

  // ---- who is not asked ------------------------------------------------------------------------

  @Test
  void acquire_anyFactory_isNotAskedForTheOpenersThread() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (ResourceRegistry registry =
        open(task -> {
          asked.incrementAndGet();
          return Thread.ofVirtual().unstarted(task);
        })) {
      ResourceGuard<String> guard =
          registry.acquire("text", () -> "x", text -> cleaned.incrementAndGet(), LONG);

      assertThat(guard.get()).isEqualTo("x");
      assertThat(asked).as("a factory makes the threads of clean-ups").hasValue(0);
      guard.close();
    }
    assertThat(cleaned).hasValue(1);
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

  // ---- factories that block --------------------------------------------------------------------

  private final Set<Thread> askedBy = ConcurrentHashMap.newKeySet();

  private ThreadFactory blocking(CountDownLatch asked, CountDownLatch go) {
    return task -> {
      askedBy.add(Thread.currentThread());
      asked.countDown();
      awaitDeafly(go);
      return Thread.ofVirtual().unstarted(task);
    };
  }

  private static void awaitDeafly(CountDownLatch go) {
    while (go.getCount() > 0) {
      try {
        Watchdog.await(go);
      } catch (InterruptedException e) {
        // deaf
      }
    }
  }

  private void lose(ResourceRegistry registry) {
    assertThat(registry.guard("lost", "x", text -> cleaned.incrementAndGet()).state())
        .isEqualTo(GuardState.LIVE);
  }

  @Test
  void factory_blocksForALostGuard_lostGuardsOfOthersAreCleaned() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (ResourceRegistry blocked = open(blocking(asked, go));
        ResourceRegistry other =
            ResourceRegistry.open(RegistrySpec.named("other").leakDetection(LeakDetection.COUNT))) {
      lose(blocked);
      Watchdog.collectUntil("the factory is asked", () -> asked.getCount() == 0);

      lose(other);
      Watchdog.collectUntil("the other's is cleaned", () -> cleaned.get() == 1);
      go.countDown();
      Watchdog.until("the first is cleaned, too", () -> cleaned.get() == 2);
    }
  }

  @Test
  void factory_blocks_closeReturnsAndItsCleanupRunsLater() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (ResourceRegistry registry = open(blocking(new CountDownLatch(1), go))) {
      CompletableFuture<CleanupOutcome> end = closeOne(registry);
      assertThat(end).isNotDone();
      go.countDown(); // the factory waits for what comes after the close

      assertThat(Watchdog.get(end).isCleaned()).isTrue();
      assertThat(askedBy).isNotEmpty().doesNotContain(Thread.currentThread());
    }
  }

  @Test
  void factory_blocks_drainEndsAtItsDeadlineAndTells() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    ResourceRegistry registry = open(blocking(new CountDownLatch(1), go));
    ResourceGuard<String> guard = registry.guard("text", "x", text -> cleaned.incrementAndGet());

    CleanupReport report = registry.drain(SHORT);

    assertThat(report).isEqualTo(new CleanupReport(1, 0, 0, 0, 1, 0));
    assertThat(Watchdog.get(guard.closeAsync()).state()).isEqualTo(GuardState.ABANDONED);
    assertThat(askedBy).doesNotContain(Thread.currentThread());
    go.countDown();
  }

  @Test
  void factory_blocksForTheSecond_timeoutOfTheFirstIsKeptAndTold() throws Exception {
    CountDownLatch second = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicBoolean first = new AtomicBoolean(true);
    ThreadFactory blocks = blocking(second, go);
    ThreadFactory firstIsGiven =
        task ->
            first.getAndSet(false) ? Thread.ofVirtual().unstarted(task) : blocks.newThread(task);
    try (ResourceRegistry registry = open(firstIsGiven)) {
      CountDownLatch hangs = new CountDownLatch(1);
      CountDownLatch end = new CountDownLatch(1);
      CleanupAction<String> action =
          text -> {
            hangs.countDown();
            Watchdog.await(second);
            end.await();
          };
      CleanupPolicy policy = CleanupPolicy.standard().timeout(Duration.ofMillis(200));
      CompletableFuture<CleanupOutcome> hanging =
          registry.guard("hanging", "x", action, policy).closeAsync();
      Watchdog.await(hangs);
      CompletableFuture<CleanupOutcome> other = closeOne(registry);
      Watchdog.await(second);

      assertThat(Watchdog.get(hanging).state()).isEqualTo(GuardState.TIMED_OUT);
      assertThat(askedBy).hasSize(1).doesNotContain(Thread.currentThread());
      go.countDown();
      assertThat(Watchdog.get(other).isCleaned()).isTrue();
    }
  }

  // ---- what threads inherit --------------------------------------------------------------------

  private static final InheritableThreadLocal<String> OPENERS = new InheritableThreadLocal<>();

  @Test
  void threads_openerHasThreadLocalsAndAClassLoader_areNotInherited() {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    ClassLoader openers = new ClassLoader(before) {};
    List<String> seen = new CopyOnWriteArrayList<>();
    ThreadFactory user =
        task -> {
          seen.add(inherited(openers));
          return Thread.ofVirtual().inheritInheritableThreadLocals(false).unstarted(task);
        };
    OPENERS.set("inherited");
    Thread.currentThread().setContextClassLoader(openers);
    try (ResourceRegistry standard = ResourceRegistry.open(RegistrySpec.named("standard"));
        ResourceRegistry asking = open(user)) {
      CleanupAction<String> look = text -> seen.add(inherited(openers));
      Watchdog.get(standard.guard("text", "x", look).closeAsync());
      Watchdog.get(asking.guard("text", "x", look).closeAsync());
    } finally {
      OPENERS.remove();
      Thread.currentThread().setContextClassLoader(before);
    }

    assertThat(seen).hasSize(3).containsOnly("nothing");
  }

  private static String inherited(ClassLoader openers) {
    boolean local = OPENERS.get() != null;
    boolean loader = openers.equals(Thread.currentThread().getContextClassLoader());
    return local || loader ? "local=%s, loader=%s".formatted(local, loader) : "nothing";
  }
}
