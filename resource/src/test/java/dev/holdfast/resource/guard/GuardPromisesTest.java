package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** What the guards promise of slow clean-ups, of native memory, and of many who close one guard. */
class GuardPromisesTest {
  private static final int GUARDS = Boolean.getBoolean("holdfast.long") ? 1_000_000 : 100_000;

  // ---- slow ones -------------------------------------------------------------------------------

  @Test
  void cleanup_slowOneAmongAHundredWithOneSlot_othersEndWhileItRuns() throws Exception {
    RegistrySpec one = RegistrySpec.named("slow").concurrency(1);
    try (ResourceRegistry registry = ResourceRegistry.open(one)) {
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch end = new CountDownLatch(1);
      CleanupAction<Integer> slow =
          number -> {
            begun.countDown();
            Watchdog.await(end);
          };
      CompletableFuture<CleanupOutcome> slowEnd = registry.guard("slow", 0, slow).closeAsync();
      Watchdog.await(begun);
      List<CompletableFuture<CleanupOutcome>> others = new ArrayList<>();
      for (int i = 1; i < 100; i++) {
        others.add(registry.guard("quick", i, number -> {}).closeAsync());
      }

      others.forEach(other -> assertThat(Watchdog.get(other).isCleaned()).isTrue());

      assertThat(slowEnd).isNotDone(); // it ends only now, so none of them waited for it
      end.countDown();
      assertThat(Watchdog.get(slowEnd).isCleaned()).isTrue();
    }
  }

  // ---- native memory ---------------------------------------------------------------------------

  private static MemorySegment allocate(Arena arena) {
    MemorySegment memory = arena.allocate(1 << 20);
    memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
    return memory;
  }

  @Test
  void arena_guardClosed_nativeMemoryIsReleased() {
    try (ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("native"))) {
      Arena arena = Arena.ofShared();
      MemorySegment memory = allocate(arena);

      CleanupOutcome outcome =
          Watchdog.get(registry.guard("arena", arena, Arena::close).closeAsync());

      assertThat(outcome.isCleaned()).isTrue();
      assertThat(memory.scope().isAlive()).isFalse();
    }
  }

  @Test
  void arena_guardLost_nativeMemoryIsReleased() {
    try (ResourceRegistry registry =
        ResourceRegistry.open(RegistrySpec.named("native").leakDetection(LeakDetection.COUNT))) {
      MemorySegment memory = loseArena(registry);

      Watchdog.collectUntil("the memory is released", () -> !memory.scope().isAlive());

      assertThat(registry.snapshot().leaked()).isEqualTo(1);
    }
  }

  private static MemorySegment loseArena(ResourceRegistry registry) {
    Arena arena = Arena.ofShared();
    MemorySegment memory = allocate(arena);
    assertThat(registry.guard("arena", arena, Arena::close).get()).isSameAs(arena);
    return memory;
  }

  // ---- many at one guard -----------------------------------------------------------------------

  @Test
  void closeAndDetach_manyThreadsAtOneGuard_oneWinsAndTheActionRunsAtMostOnce() throws Exception {
    RegistrySpec spec = RegistrySpec.named("many").leakDetection(LeakDetection.COUNT);
    ResourceRegistry registry = ResourceRegistry.open(spec);
    AtomicInteger cleaned = new AtomicInteger();
    AtomicInteger detached = new AtomicInteger();
    AtomicIntegerArray ends = new AtomicIntegerArray(GUARDS);
    List<ResourceGuard<Integer>> guards = new ArrayList<>();
    for (int i = 0; i < GUARDS; i++) {
      CleanupAction<Integer> action =
          number -> {
            cleaned.incrementAndGet();
            ends.incrementAndGet(number);
          };
      guards.add(registry.guard("contested", i, action));
    }

    together( // who wins has more to do, so that the others catch up with it
        () -> guards.forEach(ResourceGuard::close),
        () -> guards.forEach(guard -> detach(guard, detached, ends)),
        () -> guards.forEach(guard -> detach(guard, detached, ends)),
        () -> guards.forEach(ResourceGuard::close));

    CleanupReport report = registry.drain(Duration.ofHours(1));
    for (int i = 0; i < GUARDS; i++) {
      assertThat(ends.get(i)).as("ends of resource %d", i).isEqualTo(1);
    }
    assertThat(report).isEqualTo(new CleanupReport(GUARDS, cleaned.get(), 0, 0, 0, detached.get()));
    assertThat(cleaned.get() + detached.get()).isEqualTo(GUARDS);
  }

  private static void detach(
      ResourceGuard<Integer> guard, AtomicInteger detached, AtomicIntegerArray ends) {
    try {
      ends.incrementAndGet(guard.detach());
      detached.incrementAndGet();
    } catch (IllegalStateException e) {
      // somebody else was first
    }
  }

  private static void together(Runnable... tasks) throws Exception {
    CyclicBarrier begin = new CyclicBarrier(tasks.length);
    try (ExecutorService executor = Executors.newFixedThreadPool(tasks.length)) {
      List<Future<?>> running = new ArrayList<>();
      for (Runnable task : tasks) {
        running.add(
            executor.submit(() -> {
              begin.await(120, TimeUnit.SECONDS);
              task.run();
              return true;
            }));
      }
      for (Future<?> one : running) {
        one.get(120, TimeUnit.SECONDS);
      }
    }
  }

  /** A thread that tells of an end may run though its start failed, and then it is told twice. */
  @Test
  void end_toldTwice_isTheFirst() {
    try (ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("twice"))) {
      ResourceGuard<String> guard = registry.guard("text", "x", text -> {});
      Entry<String> entry = guard.entry();
      CompletableFuture<CleanupOutcome> end = guard.closeAsync();
      CleanupOutcome first = Watchdog.get(end);

      assertThat(entry.endAs(entry.outcome(Cleanups.now()))).isFalse();
      assertThat(entry.endAs(entry.outcome(Cleanups.now()))).isFalse();
      assertThat(Watchdog.get(entry.end())).isEqualTo(first);
    }
    try (ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("nobody asks"))) {
      Entry<String> entry = registry.guard("text", "x", text -> {}).entry();
      CleanupOutcome outcome = entry.outcome(Cleanups.now());

      assertThat(entry.endAs(outcome)).isFalse();
      assertThat(entry.endAs(outcome)).isFalse();
    }
  }
}
