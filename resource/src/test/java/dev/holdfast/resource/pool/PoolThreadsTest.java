package dev.holdfast.resource.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real threads, many of them virtual. Times are watchdogs only. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PoolThreadsTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");
  private static final Duration WATCHDOG = Duration.ofSeconds(100);

  /** An object that notices a second holder. */
  private static final class Exclusive {
    private final AtomicBoolean taken = new AtomicBoolean();
    private final AtomicBoolean destroyed = new AtomicBoolean();
    private long uses; // plain: the pool's hand-over must order it

    void use() {
      if (!taken.compareAndSet(false, true) || destroyed.get()) {
        throw new AssertionError("lent twice, or after its destruction");
      }
      uses++;
      taken.set(false);
    }
  }

  /** Makes such objects and counts those that live. */
  private static class Maker implements ConnectionManager<Exclusive> {
    final AtomicInteger alive = new AtomicInteger();
    final AtomicInteger mostAlive = new AtomicInteger();
    final List<Exclusive> made = java.util.Collections.synchronizedList(new ArrayList<>());

    @Override
    public Exclusive create() throws Exception {
      mostAlive.accumulateAndGet(alive.incrementAndGet(), Math::max);
      Exclusive object = new Exclusive();
      made.add(object);
      return object;
    }

    @Override
    public void destroy(Exclusive object) {
      if (!object.destroyed.compareAndSet(false, true)) {
        throw new AssertionError("destroyed twice");
      }
      alive.decrementAndGet();
    }

    long uses() {
      return made.stream().mapToLong(object -> object.uses).sum();
    }
  }

  private static PoolSpec spec() {
    return PoolSpec.named("threads").acquireTimeout(WATCHDOG).maxWaiters(100_000);
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + WATCHDOG.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("did not come about in time");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  /** Runs the step on so many virtual threads and fails as any of them does. */
  private static void onThreads(int threads, Step step) throws Exception {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        all.add(
            executor.submit(() -> {
              step.run();
              return null;
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  @Test
  void acquire_25000WaitersOn3Objects_allAreServed() throws Exception {
    Maker maker = new Maker();
    try (ObjectPool<Exclusive> pool = ObjectPool.open(maker, spec().max(3))) {
      onThreads(
          25_000,
          () -> {
            try (Pooled<Exclusive> guard = pool.acquire()) {
              guard.get().use();
            }
          });

      assertThat(maker.uses()).isEqualTo(25_000);
      assertThat(maker.mostAlive.get()).isLessThanOrEqualTo(3);
      assertThat(pool.snapshot().sizes().lent()).isZero();
      pool.exchange.verify();
    }
    assertThat(maker.alive.get()).isZero();
  }

  @Test
  void acquire_25000QueuedBeforeTheFirstRelease_areServedInOrder() throws Exception {
    Maker maker = new Maker();
    try (ObjectPool<Exclusive> pool = ObjectPool.open(maker, spec().max(1))) {
      Pooled<Exclusive> first = pool.acquire();
      List<CompletableFuture<Pooled<Exclusive>>> line = new ArrayList<>();
      for (int i = 0; i < 25_000; i++) {
        line.add(pool.acquireAsync());
      }
      first.close();
      long served = 1;
      for (CompletableFuture<Pooled<Exclusive>> next : line) {
        Pooled<Exclusive> guard = next.get(WATCHDOG.toSeconds(), TimeUnit.SECONDS);
        assertThat(pool.snapshot().count(PoolCount.LENT)).isEqualTo(++served);
        guard.close();
      }
    }
  }

  @Test
  void fairness_1000BorrowersOver64Objects_eachGetsItsShare() throws Exception {
    int borrowers = 1_000;
    AtomicInteger left = new AtomicInteger(borrowers * (LONG ? 500 : 40));
    ConcurrentLinkedQueue<Integer> shares = new ConcurrentLinkedQueue<>();
    try (ObjectPool<Exclusive> pool = ObjectPool.open(new Maker(), spec().max(64))) {
      pool.warmUp(64, WATCHDOG);
      CountDownLatch allThere = new CountDownLatch(borrowers);
      onThreads(
          borrowers,
          () -> {
            allThere.countDown();
            allThere.await();
            int share = 0;
            for (; left.decrementAndGet() >= 0; share++) {
              try (Pooled<Exclusive> guard = pool.acquire()) {
                guard.get().use();
                LockSupport.parkNanos(100_000); // holds it across other borrowers' turns
              }
            }
            shares.add(share);
          });
    }
    double sum = shares.stream().mapToDouble(share -> share).sum();
    double squares = shares.stream().mapToDouble(share -> (double) share * share).sum();

    assertThat(sum * sum / (borrowers * squares)).as("Jain's index").isGreaterThan(0.99);
  }

  @Test
  void release_manyThreadsAndFailures_keepsEveryObjectToOneHolder() throws Exception {
    AtomicInteger validations = new AtomicInteger();
    Maker maker =
        new Maker() {
          @Override
          public boolean validate(Exclusive object) {
            object.use();
            return validations.incrementAndGet() % 2 == 0; // every second one is unfit
          }

          @Override
          public void recycle(Exclusive object) {
            object.use();
          }
        };
    PoolSpec spec = spec().max(5).parallelCreations(2).validateAfterIdle(Duration.ZERO);
    try (ObjectPool<Exclusive> pool = ObjectPool.open(maker, spec)) {
      onThreads(
          100,
          () -> {
            for (int i = 0; i < 20; i++) {
              try (Pooled<Exclusive> guard = pool.acquire()) {
                guard.get().use();
                if (ThreadLocalRandom.current().nextInt(8) == 0) {
                  guard.invalidate(new IllegalStateException("broken"));
                }
              }
            }
          });
      assertThat(maker.mostAlive.get()).isLessThanOrEqualTo(5);
      pool.exchange.verify();
    }
    assertThat(maker.alive.get()).isZero();
  }

  @Test
  void invalidate_1000ObjectsAtOnce_freesEveryPlace() throws Exception {
    Maker maker = new Maker();
    try (ObjectPool<Exclusive> pool =
        ObjectPool.open(maker, spec().max(1_000).parallelCreations(100))) {
      assertThat(pool.warmUp(1_000, WATCHDOG)).isTrue();
      CountDownLatch allHave = new CountDownLatch(1_000);
      onThreads(
          1_000,
          () -> {
            Pooled<Exclusive> guard = pool.acquire();
            allHave.countDown();
            allHave.await();
            guard.invalidate(new IllegalStateException("broken"));
          });
      assertThat(pool.warmUp(1_000, WATCHDOG)).as("all places are free again").isTrue();
      assertThat(pool.snapshot().count(PoolCount.CREATED)).isEqualTo(2_000);
    }
    assertThat(maker.alive.get()).isZero();
  }

  @Test
  void acquire_interruptedOrLateWhileObjectsMove_losesNothing() throws Exception {
    Maker maker = new Maker();
    try (ObjectPool<Exclusive> pool = ObjectPool.open(maker, spec().max(2))) {
      onThreads(
          200,
          () -> {
            Thread self = Thread.currentThread();
            for (int i = 0; i < 20; i++) {
              if (i % 3 == 0) {
                Thread.startVirtualThread(self::interrupt);
              }
              try (Pooled<Exclusive> guard = pool.acquire(Duration.ofNanos(1 + i * 20_000L))) {
                guard.get().use();
              } catch (InterruptedException | AcquireTimeoutException expected) {
                // gave up: somebody else has the turn
              }
            }
          });
      await(() -> pool.snapshot().sizes().waiting() == 0);
      List<Pooled<Exclusive>> all = List.of(pool.acquire(), pool.acquire());
      assertThat(all).allSatisfy(guard -> guard.get().use());
      all.forEach(Pooled::close);
      pool.exchange.verify();
    }
  }

  @Test
  void acquire_interruptedWhileWaiting_isTold() throws Exception {
    try (ObjectPool<Exclusive> pool = ObjectPool.open(new Maker(), spec().max(1))) {
      Pooled<Exclusive> held = pool.acquire();
      CompletableFuture<Throwable> outcome = new CompletableFuture<>();
      Thread waiter =
          Thread.startVirtualThread(() -> {
            try (Pooled<Exclusive> guard = pool.acquire()) {
              outcome.complete(new AssertionError("served: " + guard));
            } catch (InterruptedException | PoolException told) {
              outcome.complete(told);
            }
          });
      await(() -> pool.snapshot().sizes().waiting() == 1);
      waiter.interrupt();

      assertThat(outcome.get()).isInstanceOf(InterruptedException.class);
      assertThat(pool.snapshot().count(PoolCount.GAVE_UP)).isEqualTo(1);
      held.close();
    }
  }

  @Test
  void close_somebodyWaits_isToldAndTheLentIsWaitedFor() throws Exception {
    Maker maker = new Maker();
    ObjectPool<Exclusive> pool = ObjectPool.open(maker, spec().max(1));
    Pooled<Exclusive> held = pool.acquire();
    CompletableFuture<Throwable> outcome = new CompletableFuture<>();
    Thread.startVirtualThread(() -> {
      try (Pooled<Exclusive> guard = pool.acquire()) {
        outcome.complete(new AssertionError("served: " + guard));
      } catch (InterruptedException | PoolException told) {
        outcome.complete(told);
      }
    });
    await(() -> pool.snapshot().sizes().waiting() == 1);
    Thread closer = Thread.startVirtualThread(pool::close);
    assertThat(outcome.get()).isInstanceOf(PoolClosedException.class);
    assertThat(closer.isAlive()).isTrue();
    held.close();
    closer.join();

    assertThat(maker.alive.get()).isZero();
    assertThatThrownBy(() -> pool.warmUp(1, WATCHDOG)).isInstanceOf(PoolClosedException.class);
  }

  @Test
  void close_interrupted_takesWhatIsLent() throws Exception {
    Maker maker = new Maker();
    ObjectPool<Exclusive> pool =
        ObjectPool.open(maker, spec().max(1).closeGrace(Duration.ofHours(1)));
    Pooled<Exclusive> held = pool.acquire();
    AtomicBoolean flagKept = new AtomicBoolean();
    Thread closer =
        Thread.startVirtualThread(() -> {
          pool.close();
          flagKept.set(Thread.currentThread().isInterrupted());
        });
    closer.interrupt();
    closer.join();

    assertThat(flagKept).isTrue();
    assertThat(maker.alive.get()).isZero();
    assertThatThrownBy(held::get).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void create_blocksForEver_borrowerStaysWithinItsDeadlineAndCloseEnds() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger interrupted = new AtomicInteger();
    Maker stuck =
        new Maker() {
          @Override
          public Exclusive create() throws Exception {
            try {
              never.await();
            } catch (InterruptedException told) {
              interrupted.incrementAndGet();
              throw told;
            }
            throw new AssertionError("not reached");
          }
        };
    try (ObjectPool<Exclusive> pool =
        ObjectPool.open(stuck, spec().createTimeout(Duration.ofMillis(50)).breakerAfter(1_000))) {
      assertThatThrownBy(() -> pool.acquire(Duration.ofMillis(20)))
          .isInstanceOf(AcquireTimeoutException.class);
      await(() -> interrupted.get() > 0);
      assertThat(pool.warmUp(1, Duration.ofMillis(1))).isFalse();
    }
  }

  @Test
  void report_logBlocks_deadlinesHoldAllTheSame() throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    PoolSpec spec = spec().max(1).reportLoansAfter(Duration.ofMillis(80));
    try (LogCapture log = new LogCapture();
        ObjectPool<Exclusive> pool = ObjectPool.open(new Maker(), spec)) {
      log.blocking = released;
      Pooled<Exclusive> held = pool.acquire();
      await(() -> log.messages().size() == 1);
      CompletableFuture<Pooled<Exclusive>> late =
          pool.exchange.acquireAsync(Duration.ofMillis(1).toNanos());

      try {
        assertThatThrownBy(() -> late.get(WATCHDOG.toSeconds(), TimeUnit.SECONDS))
            .hasCauseInstanceOf(AcquireTimeoutException.class);
      } finally {
        released.countDown();
      }
      held.close();
    }
  }

  @Test
  void create_borrowerHasInheritableThreadLocals_doesNotSeeThem() throws Exception {
    InheritableThreadLocal<String> local = new InheritableThreadLocal<>();
    List<String> seen = java.util.Collections.synchronizedList(new ArrayList<>());
    Maker maker =
        new Maker() {
          @Override
          public Exclusive create() throws Exception {
            seen.add("seen: " + local.get());
            return super.create();
          }
        };
    local.set("the borrower's");
    try (ObjectPool<Exclusive> pool = ObjectPool.open(maker, spec().max(1))) {
      pool.acquire().close();
    } finally {
      local.remove();
    }

    assertThat(seen).containsExactly("seen: null");
  }

  @Test
  void guard_lostUnclosed_isReportedAndItsPlaceUsedAgain() throws Exception {
    Maker maker = new Maker();
    PoolSpec spec = spec().max(1).traceEvery(1).healthCheck(Duration.ofMillis(80), 0);
    try (LogCapture log = new LogCapture();
        ObjectPool<Exclusive> pool = ObjectPool.open(maker, spec)) {
      WeakReference<Pooled<Exclusive>> lost = new WeakReference<>(pool.acquire());
      await(() -> {
        System.gc();
        return lost.get() == null && pool.snapshot().count(PoolCount.LOST) == 1;
      });
      try (Pooled<Exclusive> next = pool.acquire()) {
        next.get().use();
      }
      await(() -> log.messages().stream().anyMatch(message -> message.contains("lost")));
      assertThat(maker.made.getFirst().destroyed).isTrue();
    }
  }
}
