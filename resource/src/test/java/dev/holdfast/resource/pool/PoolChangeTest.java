package dev.holdfast.resource.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.resource.pool.FakeManager.Thing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sizes and manager changed in use, and the end of a pool. */
class PoolChangeTest extends SimulatedPoolTest {

  @Test
  void open_withReserve_makesItAtOnceAndKeepsItBesideTheLent() {
    ObjectPool<Thing> pool = open(spec().max(3).minIdle(2));
    assertThat(sizes(pool).idle()).isEqualTo(2);
    borrow(pool);
    environment.runTasks();
    assertThat(sizes(pool).idle()).isEqualTo(2);
    borrow(pool);
    environment.runTasks();

    assertThat(sizes(pool).idle()).as("max goes before").isEqualTo(1);
  }

  @Test
  void resize_larger_servesWhoWaits() {
    ObjectPool<Thing> pool = open(spec().max(1));
    borrow(pool);
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    pool.resize(0, 2);
    environment.runTasks();

    assertThat(waiting).isDone();
  }

  @Test
  void resize_smaller_shedsIdleNowAndLentWhenTheyComeBack() {
    ObjectPool<Thing> pool = open(spec().max(4));
    List<Pooled<Thing>> lent = List.of(borrow(pool), borrow(pool), borrow(pool), borrow(pool));
    lent.get(0).close();
    pool.resize(0, 2);
    environment.runTasks();
    assertThat(manager.alive()).isEqualTo(3);
    lent.get(1).close();
    lent.get(2).close();
    environment.runTasks();

    assertThat(manager.alive()).isEqualTo(2);
    assertThat(sizes(pool).idle()).isEqualTo(1);
    assertThat(count(pool, PoolCount.SURPLUS)).isEqualTo(2);
  }

  @Test
  void resize_notAllowed_changesNothing() {
    ObjectPool<Thing> pool = open(spec().max(4));

    assertThatThrownBy(() -> pool.resize(0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("max=0");
    assertThat(sizes(pool).max()).isEqualTo(4);
  }

  @Test
  void replaceManager_objectsOfTheOld_areEndedByItWhenTheyComeBack() {
    ObjectPool<Thing> pool = open(spec().max(3));
    FakeManager old = manager;
    Pooled<Thing> lent = borrow(pool);
    Pooled<Thing> idle = borrow(pool);
    idle.close();
    FakeManager next = new FakeManager();
    CompletableFuture<Void> gone = pool.replaceManager(next);
    environment.runTasks();
    assertThat(old.alive()).isEqualTo(1);
    assertThat(gone).isNotDone();
    Thing made = borrow(pool).get();
    lent.close();
    environment.runTasks();

    assertThat(next.created).contains(made);
    assertThat(old.alive()).isZero();
    assertThat(gone).isDone();
    assertThat(count(pool, PoolCount.REPLACED)).isEqualTo(2);
  }

  @Test
  void replaceManager_oldOneCannotConnect_servesWithTheNewOneAtOnce() {
    manager.down = true;
    ObjectPool<Thing> pool =
        open(spec().breakerAfter(1).backOff(Duration.ofHours(1), Duration.ofHours(1)));
    var _ = pool.acquireAsync();
    environment.runTasks();
    CompletableFuture<Void> gone = pool.replaceManager(new FakeManager());
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    environment.runTasks();

    assertThat(waiting.join().get().number).isZero();
    assertThat(gone).as("it had made nothing").isDone();
  }

  @Test
  void replaceManager_creationUnderWay_oldOneIsGoneWhenItsObjectIsDestroyed() {
    ObjectPool<Thing> pool = open(spec().max(1));
    FakeManager slow = manager;
    FakeManager next = new FakeManager();
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    List<CompletableFuture<Void>> gone = new ArrayList<>();
    slow.whileCreating =
        () -> {
          gone.add(pool.replaceManager(next));
          assertThat(Thread.interrupted()).as("told to stop").isTrue();
          environment.runTasks();
          assertThat(waiting).as("the new one serves meanwhile").isDone();
          assertThat(gone.getFirst()).isNotDone();
        };
    environment.runTasks();

    assertThat(next.created).contains(waiting.join().get());
    assertThat(slow.alive()).isZero();
    assertThat(gone.getFirst()).isDone();
    assertThat(count(pool, PoolCount.CREATED_LATE)).isEqualTo(1);
    assertThat(count(pool, PoolCount.CREATE_FAILED)).isZero();
  }

  @Test
  void replaceManager_creationHangs_oldOneIsGoneAtItsTimeout() {
    ObjectPool<Thing> pool = open(spec().max(1).createTimeout(Duration.ofSeconds(7)));
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    CompletableFuture<Void> gone = pool.replaceManager(new FakeManager());
    runAllButTheFirst(1);
    assertThat(waiting).isDone();
    assertThat(gone).isNotDone();
    environment.advance(Duration.ofSeconds(7));
    runAllButTheFirst(1);

    assertThat(gone).isDone();
  }

  @Test
  void replaceManager_null_isRefusedAndChangesNothing() {
    ObjectPool<Thing> pool = open(spec().max(1));
    fill(pool, 1);

    assertThatThrownBy(() -> replaceWithNothing(pool)).isInstanceOf(NullPointerException.class);
    borrow(pool).close();
    environment.runTasks();
    assertThat(count(pool, PoolCount.REPLACED)).as("kept when given back").isZero();
    assertThat(borrow(pool).get().number).isZero();
  }

  @SuppressWarnings("NullAway") // what a user without null checks may do
  private static void replaceWithNothing(ObjectPool<Thing> pool) {
    var _ = pool.replaceManager(null);
  }

  @Test
  void warmUp_negative_isRefused() {
    ObjectPool<Thing> pool = open(spec());

    assertThatThrownBy(() -> pool.warmUp(-5, Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("objects=-5");
    assertThatThrownBy(() -> pool.warmUp(1, Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("timeout=PT-1S");
  }

  @Test
  void shutdown_grace_waitsForTheLentAndThenTakesThem() {
    ObjectPool<Thing> pool = open(spec().max(4));
    List<Pooled<Thing>> lent = List.of(borrow(pool), borrow(pool), borrow(pool), borrow(pool));
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    lent.get(0).close();
    environment.runTasks();
    waiting.join().close();
    CompletableFuture<Pooled<Thing>> refused;
    CompletableFuture<ShutdownReport> report = pool.shutdown(Duration.ofSeconds(5));
    refused = pool.acquireAsync();
    lent.get(1).close();
    lent.get(2).invalidate(new IllegalStateException("broken"));
    live(Duration.ofSeconds(4));
    assertThat(report).isNotDone();
    assertThat(lent.get(3).get().number).as("still the borrower's").isEqualTo(3);
    live(Duration.ofSeconds(1));

    assertThatThrownBy(refused::join).cause().isInstanceOf(PoolClosedException.class);
    assertThat(report.join())
        .satisfies(it -> {
          assertThat(it.idle()).isEqualTo(1);
          assertThat(it.returned()).isEqualTo(2);
          assertThat(it.forced()).isEqualTo(1);
          assertThat(it.objects()).isEqualTo(4);
          assertThat(it.forcedLoans())
              .singleElement()
              .satisfies(loan -> assertThat(loan.age()).isPositive());
          assertThat(it.took()).isEqualTo(Duration.ofSeconds(5));
        });
    assertThatThrownBy(lent.get(3)::get).isInstanceOf(IllegalStateException.class);
    lent.get(3).close();
    assertThat(count(pool, PoolCount.DOUBLE_RELEASE)).as("its borrower did nothing wrong").isZero();
    assertThat(manager.alive()).isZero();
    assertThat(environment.isStopped()).isTrue();
  }

  @Test
  void shutdown_somebodyWaits_tellsIt() {
    ObjectPool<Thing> pool = open(spec().max(1));
    Pooled<Thing> lent = borrow(pool);
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    CompletableFuture<ShutdownReport> report = pool.shutdown(Duration.ofSeconds(1));
    lent.close();
    environment.runTasks();

    assertThatThrownBy(waiting::join).cause().isInstanceOf(PoolClosedException.class);
    assertThat(report.join().refused()).isEqualTo(1);
    assertThat(report.join().returned()).isEqualTo(1);
  }

  @Test
  void shutdown_managerHangs_endsAfterItsTimeout() {
    ObjectPool<Thing> pool = open(spec().max(1).recycleTimeout(Duration.ofSeconds(2)));
    fill(pool, 1);
    CompletableFuture<ShutdownReport> report = pool.shutdown(Duration.ZERO);
    environment.advance(Duration.ofSeconds(2)); // no task runs: destroying hangs
    environment.runTasks();

    assertThat(report.join().abandoned()).isEqualTo(1);
  }

  @Test
  void shutdown_creationUnderWay_isWithdrawn() {
    ObjectPool<Thing> pool = open(spec().max(1));
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    CompletableFuture<ShutdownReport> report = pool.shutdown(Duration.ofSeconds(1));
    environment.runTasks();

    assertThat(report.join().objects()).isZero();
    assertThatThrownBy(waiting::join).cause().isInstanceOf(PoolClosedException.class);
    assertThat(manager.alive()).isZero();
  }

  @Test
  void shutdown_creationReturnsAllTheSame_endsWhenItsObjectIsDestroyed() {
    ObjectPool<Thing> pool = open(spec().max(1));
    var _ = pool.acquireAsync();
    List<CompletableFuture<ShutdownReport>> report = new ArrayList<>();
    manager.whileCreating =
        () -> {
          report.add(pool.shutdown(Duration.ZERO));
          assertThat(Thread.interrupted()).as("told to stop").isTrue();
          environment.runTasks();
          assertThat(report.getFirst()).isNotDone();
        };
    environment.runTasks();

    assertThat(report.getFirst()).isDone();
    assertThat(manager.created).hasSize(1);
    assertThat(manager.alive()).isZero();
  }

  @Test
  void shutdown_creationHangs_endsAtItsTimeout() {
    ObjectPool<Thing> pool = open(spec().max(1).createTimeout(Duration.ofSeconds(7)));
    var _ = pool.acquireAsync();
    CompletableFuture<ShutdownReport> report = pool.shutdown(Duration.ZERO);
    runAllButTheFirst(1);
    assertThat(report).isNotDone();
    environment.advance(Duration.ofSeconds(7));
    runAllButTheFirst(1);

    assertThat(report).isDone();
  }

  @Test
  void shutdown_again_canOnlyShortenTheGrace() {
    ObjectPool<Thing> pool = open(spec().max(1));
    borrow(pool);
    CompletableFuture<ShutdownReport> first = pool.shutdown(Duration.ofHours(1));
    CompletableFuture<ShutdownReport> second = pool.shutdown(Duration.ZERO);
    environment.runTasks();

    assertThat(first.join()).isEqualTo(second.join());
    assertThat(first.join().forced()).isEqualTo(1);
    assertThatThrownBy(() -> pool.shutdown(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> pool.replaceManager(manager)).isInstanceOf(PoolClosedException.class);
  }

  @Test
  void loan_tooLong_isReportedOnce() {
    ObjectPool<Thing> pool =
        open(spec().max(1).traceEvery(1).reportLoansAfter(Duration.ofSeconds(1)));
    Pooled<Thing> lent = borrow(pool);
    try (LogCapture log = new LogCapture()) {
      live(Duration.ofSeconds(5));

      assertThat(log.messages())
          .singleElement()
          .satisfies(message ->
              assertThat(message)
                  .contains("overdue")
                  .contains("pool=things")
                  .contains("borrower="));
      assertThat(log.thrown())
          .singleElement()
          .satisfies(stack ->
              assertThat(stack.getStackTrace())
                  .anyMatch(frame -> frame.getMethodName().equals("borrow")));
    }
    assertThat(count(pool, PoolCount.OVERDUE)).isEqualTo(1);
    assertThat(pool.loans())
        .singleElement()
        .satisfies(loan -> assertThat(loan.stack()).isPresent());
    assertThat(lent.get().number).as("reported, not taken").isZero();
    lent.close();
    assertThat(pool.loans()).isEmpty();
  }

  private static Stream<Throwable> failures() {
    return Stream.of(new IllegalStateException("disk full"), new StackOverflowError("disk full"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void report_logThrows_housekeepingAndWaitersGoOn(Throwable failure) {
    ObjectPool<Thing> pool = open(spec().max(1).reportLoansAfter(Duration.ofSeconds(1)));
    Pooled<Thing> lent = borrow(pool);
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    try (LogCapture log = new LogCapture()) {
      log.throwing = failure;
      environment.advance(Duration.ofSeconds(2));
      assertThatThrownBy(environment::runTasks)
          .as("on a thread of the report's own")
          .isSameAs(failure);
    }
    lent.close();
    environment.runTasks();
    assertThat(waiting).isDone();
    try (LogCapture log = new LogCapture()) {
      live(Duration.ofSeconds(2));

      assertThat(log.messages()).as("the next overdue loan").hasSize(1);
    }
  }

  @ParameterizedTest
  @MethodSource("failures")
  void report_logThrowsAsTheBreakerOpens_waitersAreTold(Throwable failure) {
    manager.down = true;
    ObjectPool<Thing> pool = open(spec().breakerAfter(1));
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    try (LogCapture log = new LogCapture()) {
      log.throwing = failure;
      assertThatThrownBy(environment::runTasks).isSameAs(failure);
      environment.runTasks();
    }

    assertThat(waiting).isDone();
    assertThatThrownBy(waiting::join).cause().isInstanceOf(PoolUnavailableException.class);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void effects_someThrow_areAllDoneAndTheFirstFailureIsThrown(Throwable failure) {
    Effects effects = new Effects();
    List<Integer> done = new ArrayList<>();
    effects.add(() -> {
      done.add(0);
      if (failure instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) failure;
    });
    for (int i = 1; i < 3; i++) {
      int number = i;
      effects.add(() -> {
        done.add(number);
        throw new IllegalStateException("effect " + number);
      });
    }

    assertThatThrownBy(effects::run)
        .isSameAs(failure)
        .satisfies(first -> assertThat(first.getSuppressed()).hasSize(2));
    assertThat(done).containsExactly(0, 1, 2);
  }

  /** The machine has one error ready for when there is no memory for another. */
  @Test
  void effects_sameErrorAgain_areAllDone() {
    OutOfMemoryError same = new OutOfMemoryError("made beforehand");
    Effects effects = new Effects();
    List<Integer> done = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int number = i;
      effects.add(() -> {
        done.add(number);
        throw same;
      });
    }

    assertThatThrownBy(effects::run).isSameAs(same);
    assertThat(done).containsExactly(0, 1, 2);
  }
}
