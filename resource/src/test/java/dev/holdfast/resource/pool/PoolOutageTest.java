package dev.holdfast.resource.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.resource.pool.FakeManager.Thing;
import dev.holdfast.resource.pool.PoolSnapshot.Breaker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The far side is down, slow, or comes back. */
class PoolOutageTest extends SimulatedPoolTest {
  private static PoolSpec impatient() {
    return spec()
        .backOff(Duration.ofMillis(100), Duration.ofSeconds(1))
        .acquireTimeout(Duration.ofMinutes(1));
  }

  @Test
  void create_failsAndThenWorks_servesAllWhoWaited() {
    manager.down = true;
    ObjectPool<Thing> pool = open(impatient().max(3).breakerAfter(100));
    List<CompletableFuture<Pooled<Thing>>> line = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      line.add(pool.acquireAsync());
    }
    live(Duration.ofSeconds(5));
    assertThat(line).noneMatch(CompletableFuture::isDone);
    manager.down = false;
    live(Duration.ofSeconds(1));

    assertThat(line).allMatch(CompletableFuture::isDone);
  }

  @Test
  void create_keepsFailing_isTriedOneAtATimeAtGrowingIntervals() {
    manager.down = true;
    ObjectPool<Thing> pool = open(impatient().max(8).parallelCreations(8).breakerAfter(1_000));
    for (int i = 0; i < 50; i++) {
      var _ = pool.acquireAsync();
    }
    environment.runTasks();
    int first = manager.attempts;
    live(Duration.ofSeconds(10));

    assertThat(first).as("at first as many as allowed").isEqualTo(8);
    assertThat(manager.attempts - first)
        .as("50 waiters for 10 s, 1 s between attempts, half to whole: no herd")
        .isBetween(8, 22);
  }

  @Test
  void acquire_timesOut_isToldWhatToDoAboutIt() {
    PoolSpec brief = spec().max(1).acquireTimeout(Duration.ofSeconds(1));
    ObjectPool<Thing> slow = open(brief);
    CompletableFuture<Pooled<Thing>> forOneBeingMade = slow.acquireAsync();
    environment.advance(Duration.ofSeconds(2)); // nobody runs what creates it
    ObjectPool<Thing> lentOut = open(brief);
    var _ = borrow(lentOut);
    CompletableFuture<Pooled<Thing>> forOneThatIsLent = lentOut.acquireAsync();
    live(Duration.ofSeconds(2));

    assertThatThrownBy(forOneBeingMade::join).hasMessageContaining("warm up, or raise");
    assertThatThrownBy(forOneThatIsLent::join).hasMessageContaining("pool.loans() says who");
  }

  @Test
  void breaker_manyFailures_failsWhoeverWaitsAndComes() {
    manager.down = true;
    ObjectPool<Thing> pool = open(impatient().breakerAfter(3));
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    live(Duration.ofSeconds(2));
    CompletableFuture<Pooled<Thing>> coming = pool.acquireAsync();
    environment.runTasks();

    assertThatThrownBy(waiting::join)
        .cause()
        .isInstanceOf(PoolUnavailableException.class)
        .hasRootCauseMessage("the far side is down: attempt=3");
    assertThatThrownBy(coming::join).cause().isInstanceOf(PoolUnavailableException.class);
    assertThat(pool.snapshot().breaker()).isEqualTo(Breaker.OPEN);
    assertThat(count(pool, PoolCount.BREAKER_OPENED)).isEqualTo(1);
    assertThat(count(pool, PoolCount.FAILED_FAST)).isEqualTo(2);
  }

  @Test
  void breaker_farSideReturns_probesAndClosesWithoutABorrower() {
    manager.down = true;
    ObjectPool<Thing> pool = open(impatient().breakerAfter(2));
    var _ = pool.acquireAsync();
    live(Duration.ofSeconds(3));
    assertThat(pool.snapshot().breaker()).isEqualTo(Breaker.OPEN);
    manager.down = false;
    live(Duration.ofMillis(1_100)); // the longest pause

    assertThat(pool.snapshot().breaker()).isEqualTo(Breaker.CLOSED);
    assertThat(sizes(pool).idle()).isEqualTo(1);
    assertThat(borrow(pool).get().number).isZero();
  }

  @Test
  void breaker_probeUnderWay_isHalfOpenAndSingle() {
    manager.down = true;
    ObjectPool<Thing> pool = open(impatient().max(8).parallelCreations(8).breakerAfter(1));
    var _ = pool.acquireAsync();
    environment.runTasks();
    environment.advance(Duration.ofSeconds(1));

    assertThat(pool.snapshot().breaker()).isEqualTo(Breaker.HALF_OPEN);
    assertThat(sizes(pool).creating()).isEqualTo(1);
  }

  @Test
  void breaker_openButObjectLent_letsBorrowersWaitForIt() {
    ObjectPool<Thing> pool = open(impatient().max(2).breakerAfter(1));
    Pooled<Thing> held = borrow(pool);
    manager.down = true;
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    live(Duration.ofSeconds(2));
    assertThat(pool.snapshot().breaker()).isNotEqualTo(Breaker.CLOSED);
    assertThat(waiting).isNotDone();
    held.close();
    environment.runTasks();

    assertThat(waiting.join().get().number).isZero();
  }

  @Test
  void breaker_openAndLastLentOneBreaks_failsWhoWaited() {
    ObjectPool<Thing> pool = open(impatient().max(2).breakerAfter(1));
    Pooled<Thing> held = borrow(pool);
    manager.down = true;
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    live(Duration.ofSeconds(2));
    held.invalidate(new IllegalStateException("cut"));
    environment.runTasks();

    assertThatThrownBy(waiting::join).cause().isInstanceOf(PoolUnavailableException.class);
  }

  @Test
  void create_hangs_permitComesBackAndLateObjectIsDestroyed() {
    ObjectPool<Thing> pool = open(impatient().max(1).createTimeout(Duration.ofSeconds(1)));
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    environment.advance(Duration.ofSeconds(1)); // the creation's thread does not come in time
    assertThat(sizes(pool).creating()).isZero();
    assertThat(count(pool, PoolCount.CREATE_FAILED)).isEqualTo(1);
    live(Duration.ofSeconds(1));

    assertThat(waiting).isDone();
    assertThat(manager.alive()).isEqualTo(1);
  }

  @Test
  void create_returnsNull_isAFailureLikeAnyOther() {
    ConnectionManager<Thing> broken =
        new ConnectionManager<>() {
          @Override
          @SuppressWarnings("NullAway") // what a user without null checks may do
          public Thing create() {
            return null;
          }

          @Override
          public void destroy(Thing thing) {}
        };
    ObjectPool<Thing> pool = new ObjectPool<>(broken, impatient().breakerAfter(1), environment);
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    environment.runTasks();

    assertThatThrownBy(waiting::join).hasRootCauseInstanceOf(NullPointerException.class);
  }

  @Test
  void acquire_lateDuringAnOutage_namesTheLatestFailure() {
    manager.down = true;
    ObjectPool<Thing> pool =
        open(impatient().breakerAfter(1_000).acquireTimeout(Duration.ofSeconds(1)));
    CompletableFuture<Pooled<Thing>> late = pool.acquireAsync();
    live(Duration.ofSeconds(2));

    assertThatThrownBy(late::join)
        .cause()
        .isInstanceOf(AcquireTimeoutException.class)
        .hasMessageContaining("latestFailure=")
        .hasMessageContaining("creating objects fails, see the cause")
        .hasRootCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void call_answeredLate_givesWhatItReturnedToTheLateOne() {
    List<String> late = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    Call<String> call =
        new Call<>(
            environment,
            "testing",
            () -> {
              environment.advance(Duration.ofSeconds(1)); // the deadline passes meanwhile
              return "late";
            },
            (result, failure) -> failures.add(failure),
            late::add);

    call.start(Duration.ofSeconds(1).toNanos());
    environment.runTasks();

    assertThat(Thread.interrupted()).as("the call's thread is interrupted").isTrue();
    assertThat(late).containsExactly("late");
    assertThat(failures).singleElement().isInstanceOf(TimeoutException.class);
    call.abort(new IllegalStateException("again"));
    assertThat(failures).as("answered once").hasSize(1);
  }

  @Test
  void acquire_noThreadForTheCreation_isServedOnceThereIsOne() {
    ObjectPool<Thing> pool = open(impatient().max(1));
    environment.outOfThreads = true;
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    environment.advance(Duration.ofSeconds(1));
    environment.outOfThreads = false;
    live(Duration.ofMillis(100));

    assertThat(waiting).isDone();
  }

  @Test
  void release_noThreadForTheDelivery_isDeliveredOnceThereIsOne() {
    ObjectPool<Thing> pool = open(impatient().max(1));
    Pooled<Thing> held = borrow(pool);
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    environment.outOfThreads = true;
    held.close();
    environment.outOfThreads = false;
    live(Duration.ofMillis(100));

    assertThat(waiting).isDone();
  }

  @Test
  void acquire_noThreadForTheReserve_isServedAndItIsMadeOnceThereIsOne() {
    ObjectPool<Thing> pool = open(impatient().max(2).minIdle(1));
    environment.outOfThreads = true;
    assertThat(pool.acquireAsync()).as("lent at once").isDone();
    pool.exchange.verify();
    environment.outOfThreads = false;
    live(Duration.ofMillis(100));

    assertThat(sizes(pool).idle()).isEqualTo(1);
  }

  @Test
  void shutdown_noThreadForTheReport_isReportedOnceThereIsOne() {
    ObjectPool<Thing> pool = open(impatient());
    environment.outOfThreads = true;
    CompletableFuture<ShutdownReport> report = pool.shutdown(Duration.ZERO);
    environment.outOfThreads = false;
    live(Duration.ofMillis(100));

    assertThat(report).isDone();
    assertThat(environment.isStopped()).isTrue();
  }

  /** A start may throw after the thread was scheduled. */
  @Test
  void release_startThrowsThoughTheThreadRuns_objectHasOneBorrower() {
    ObjectPool<Thing> pool = open(impatient().max(1));
    Pooled<Thing> held = borrow(pool);
    CompletableFuture<Pooled<Thing>> first = pool.acquireAsync();
    CompletableFuture<Pooled<Thing>> second = pool.acquireAsync();
    environment.startsAndThrows = true;
    held.close();
    environment.startsAndThrows = false;
    live(Duration.ofMillis(100));

    assertThat(first).isDone();
    assertThat(second).isNotDone();
    assertThat(first.join().get()).isNotNull();
    first.join().close();
  }

  @Test
  void shutdown_noThreadForWhoWaits_isToldOnceThereIsOne() {
    ObjectPool<Thing> pool = open(impatient().max(1));
    borrow(pool).close();
    Pooled<Thing> held = borrow(pool);
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    environment.failingStarts = 1;
    CompletableFuture<ShutdownReport> report = pool.shutdown(Duration.ZERO);
    environment.runTasks();
    assertThat(report).isDone();
    live(Duration.ofMillis(100));

    assertThat(waiting).isCompletedExceptionally();
    held.close();
  }

  @Test
  void acquire_noMemoryForTheDeadline_leavesNobodyInLine() {
    ObjectPool<Thing> pool = open(impatient().max(1));
    environment.outOfTimers = true;
    assertThatThrownBy(pool::acquire).isInstanceOf(OutOfMemoryError.class); // for its creation
    assertThatThrownBy(pool::acquireAsync).isInstanceOf(OutOfMemoryError.class);
    environment.outOfTimers = false;
    assertThat(sizes(pool).waiting()).isZero();
    live(Duration.ofMillis(100));

    assertThat(sizes(pool).creating()).isZero();
    borrow(pool).close();
  }

  @Test
  void acquire_othersAreBeingRecycledForLong_anotherIsMade() {
    manager = new FakeManager.Recycling();
    ObjectPool<Thing> pool =
        open(
            spec()
                .max(8)
                .acquireTimeout(Duration.ofMinutes(5))
                .recycleTimeout(Duration.ofMinutes(10)));
    Pooled<Thing> held = borrow(pool);
    held.close(); // and recycling it hangs
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    for (int i = 0; i < 600 && !waiting.isDone(); i++) {
      environment.advance(Duration.ofMillis(100));
      runAllButTheFirst(1);
    }

    assertThat(waiting).isDone();
    assertThat(sizes(pool).busy()).isEqualTo(1);
    environment.runTasks();
  }

  @Test
  void acquire_lateAsItsObjectIsBeingChecked_isToldSo() {
    ObjectPool<Thing> pool =
        open(
            spec()
                .max(1)
                .acquireTimeout(Duration.ofSeconds(1))
                .validateAfterIdle(Duration.ofMillis(100)));
    borrow(pool).close();
    live(Duration.ofMillis(200));
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    environment.advance(Duration.ofSeconds(2));
    environment.runTask(1);

    assertThatThrownBy(waiting::join)
        .hasMessageContaining("busy=1")
        .hasMessageContaining("whether the far side answers");
    environment.runTasks();
  }

  @Test
  void reports_handlerBlocks_oneThreadAndABoundedLine() {
    Reports reports = new Reports(environment);
    AtomicInteger told = new AtomicInteger();
    for (int i = 0; i < 1_000; i++) {
      reports.add(told::incrementAndGet);
    }
    assertThat(environment.tasks()).isEqualTo(1);
    environment.runTasks();
    assertThat(told).hasValue(Reports.WAITING_MAX);

    reports.add(() -> {
      throw new IllegalStateException("the log's handler");
    });
    reports.add(told::incrementAndGet);
    assertThatThrownBy(environment::runTasks).isInstanceOf(IllegalStateException.class);
    environment.runTasks();
    assertThat(told).hasValue(Reports.WAITING_MAX + 1);
  }

  @Test
  void reports_noMemoryToBegin_nextOneIsTold() {
    Reports reports = new Reports(environment);
    AtomicInteger told = new AtomicInteger();
    environment.outOfThreads = true;
    environment.outOfTimers = true;
    assertThatThrownBy(() -> reports.add(told::incrementAndGet)).isInstanceOf(Error.class);
    environment.outOfThreads = false;
    environment.outOfTimers = false;
    reports.add(told::incrementAndGet);
    environment.runTasks();

    assertThat(told).hasValue(2);
  }

  @Test
  void backOff_manyFailures_doublesUpToTheLongest() {
    breakerPauses(0.0, 50, 100, 200, 400, 500, 500);
    breakerPauses(1.0, 100, 200, 400, 800, 1_000, 1_000);
  }

  private static void breakerPauses(double random, long... millis) {
    dev.holdfast.resource.pool.Breaker breaker =
        new dev.holdfast.resource.pool.Breaker(
            spec().backOff(Duration.ofMillis(100), Duration.ofSeconds(1)));
    for (long wanted : millis) {
      breaker.failed(new IllegalStateException("down"), 7, random);
      assertThat(breaker.pauseLeftNanos(7)).isEqualTo(Duration.ofMillis(wanted).toNanos());
    }
    for (int i = 0; i < 100; i++) {
      breaker.failed(new IllegalStateException("down"), 7, 1.0);
    }
    assertThat(breaker.pauseLeftNanos(7)).isEqualTo(Duration.ofSeconds(1).toNanos());
  }
}
