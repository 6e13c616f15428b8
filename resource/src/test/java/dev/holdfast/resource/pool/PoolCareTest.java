package dev.holdfast.resource.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.resource.pool.FakeManager.Thing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Validation, health checks, life and idle times. */
class PoolCareTest extends SimulatedPoolTest {
  private static final Duration NEVER = Duration.ZERO;

  private static PoolSpec quiet() {
    return spec().healthCheck(NEVER, 0).lifetime(NEVER, 0).idleTimeout(NEVER);
  }

  @Test
  void acquire_idleForLong_validatesBeforeLending() {
    ObjectPool<Thing> pool = open(quiet().max(1).validateAfterIdle(Duration.ofSeconds(1)));
    fill(pool, 1);
    live(Duration.ofSeconds(2));
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    assertThat(waiting).as("not before it was checked").isNotDone();
    environment.runTasks();

    assertThat(waiting.join().get().validated).isEqualTo(1);
  }

  @Test
  void acquire_usedJustNow_isNotValidated() {
    ObjectPool<Thing> pool = open(quiet().max(1).validateAfterIdle(Duration.ofSeconds(1)));
    fill(pool, 1);
    live(Duration.ofMillis(500));

    assertThat(borrow(pool).get().validated).isZero();
  }

  @Test
  void acquire_validateAfterIdleIsZero_validatesWhateverLayIdle() {
    ObjectPool<Thing> pool = open(quiet().max(1).validateAfterIdle(Duration.ZERO));
    fill(pool, 1);
    borrow(pool).close();

    assertThat(borrow(pool).get().validated).isEqualTo(2);
  }

  @Test
  void acquire_idleOnesAreUnfit_replacesThemAndServesAll() {
    ObjectPool<Thing> pool = open(quiet().max(3).validateAfterIdle(Duration.ofSeconds(1)));
    fill(pool, 1);
    List<Pooled<Thing>> all = List.of(borrow(pool), borrow(pool), borrow(pool));
    all.forEach(guard -> guard.get().fit = false);
    all.forEach(Pooled::close);
    live(Duration.ofSeconds(2));
    List<CompletableFuture<Pooled<Thing>>> waiting = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      waiting.add(pool.acquireAsync());
    }
    environment.runTasks();

    assertThat(waiting).allMatch(future -> future.isDone());
    assertThat(waiting).allMatch(future -> future.join().get().number >= 3);
    assertThat(count(pool, PoolCount.UNFIT)).isEqualTo(3);
    assertThat(manager.mostAlive).isLessThanOrEqualTo(3);
  }

  @Test
  void acquire_validationHangs_servesWithAnotherAfterItsTimeout() {
    ObjectPool<Thing> pool =
        open(
            quiet()
                .max(1)
                .validateAfterIdle(Duration.ofSeconds(1))
                .recycleTimeout(Duration.ofSeconds(2)));
    fill(pool, 1);
    live(Duration.ofSeconds(2));
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    environment.advance(Duration.ofSeconds(2)); // no task runs: the validation hangs
    environment.runTasks();

    assertThat(waiting.join().get().number).isEqualTo(1);
    assertThat(count(pool, PoolCount.UNFIT)).isEqualTo(1);
  }

  @Test
  void acquire_healthCheckOfAnotherHangs_isServedWithTheRest() {
    ObjectPool<Thing> pool = open(quiet().max(8).healthCheck(Duration.ofSeconds(10), 0));
    fill(pool, 8);
    environment.advance(Duration.ofSeconds(11));
    assertThat(environment.tasks()).as("one check at a time, which hangs").isEqualTo(1);
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    runAllButTheFirst(1);

    assertThat(waiting).isDone();
    assertThat(manager.created).as("nothing is made in its place").hasSize(8);
  }

  @Test
  void acquire_recyclingOfAnotherHangs_isServedWithTheRest() {
    manager = new FakeManager.Recycling();
    ObjectPool<Thing> pool = open(quiet().max(8));
    fill(pool, 8);
    live(Duration.ofSeconds(2));
    borrow(pool).close(); // its recycling hangs
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    runAllButTheFirst(1);

    assertThat(waiting).isDone();
  }

  @Test
  void acquire_creationHangs_isServedWithTheIdle() {
    ObjectPool<Thing> pool = open(quiet().max(8));
    fill(pool, 4);
    live(Duration.ofSeconds(2));
    pool.resize(5, 8); // the creation for the reserve hangs
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    runAllButTheFirst(1);

    assertThat(waiting).isDone();
  }

  @Test
  void acquire_checkForAnEarlierBorrowerHangs_bothAreServedWithTheRest() {
    ObjectPool<Thing> pool = open(quiet().max(3));
    fill(pool, 3);
    live(Duration.ofSeconds(2));
    List<CompletableFuture<Pooled<Thing>>> both = List.of(pool.acquireAsync(), pool.acquireAsync());
    runAllButTheFirst(1);

    assertThat(both).allMatch(future -> future.isDone());
    assertThat(manager.created).hasSize(3);
  }

  @Test
  void acquire_borrowerWhoseCheckHangsGivesUp_theNextHasACheckOfItsOwn() {
    ObjectPool<Thing> pool = open(quiet().max(2));
    fill(pool, 2);
    live(Duration.ofSeconds(2));
    pool.acquireAsync().cancel(false);
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    runAllButTheFirst(1);

    assertThat(waiting).isDone();
  }

  @Test
  void healthCheck_idleOneTurnsUnfit_isReplacedInReserve() {
    ObjectPool<Thing> pool = open(quiet().max(3).minIdle(2).healthCheck(Duration.ofSeconds(1), 0));
    live(Duration.ofMillis(100));
    manager.created.getFirst().fit = false;
    live(Duration.ofSeconds(3));

    assertThat(sizes(pool).idle()).isEqualTo(2);
    assertThat(count(pool, PoolCount.UNFIT)).isEqualTo(1);
    assertThat(manager.created).allMatch(thing -> thing.validated > 0);
  }

  @Test
  void healthCheck_manyIdle_checksAllWithinTheIntervalOneAtATime() {
    ObjectPool<Thing> pool = open(quiet().max(50).healthCheck(Duration.ofSeconds(8), 0));
    fill(pool, 50);
    live(Duration.ofSeconds(9)); // the interval, and a round of housekeeping

    assertThat(manager.created).hasSize(50).allMatch(thing -> thing.validated == 1);
  }

  @Test
  void healthCheck_onlyOneIdleWhileBorrowersCome_leavesItAlone() {
    ObjectPool<Thing> pool =
        open(
            quiet()
                .max(1)
                .healthCheck(Duration.ofMillis(200), 0)
                .validateAfterIdle(Duration.ofMinutes(1)));
    for (int i = 0; i < 200; i++) {
      borrow(pool).close();
      live(Duration.ofMillis(10));
    }

    assertThat(manager.created.getFirst().validated).isZero();
    live(Duration.ofSeconds(1));
    assertThat(manager.created.getFirst().validated).isPositive();
  }

  @Test
  void lifetime_over_idleOneIsReplaced() {
    ObjectPool<Thing> pool = open(quiet().max(2).minIdle(1).lifetime(Duration.ofSeconds(10), 0));
    live(Duration.ofSeconds(12));

    assertThat(manager.created).hasSize(2);
    assertThat(sizes(pool).idle()).isEqualTo(1);
    assertThat(count(pool, PoolCount.EXPIRED)).isEqualTo(1);
  }

  @Test
  void lifetime_overWhileLent_endsWhenGivenBack() {
    ObjectPool<Thing> pool = open(quiet().max(1).lifetime(Duration.ofSeconds(10), 0));
    Pooled<Thing> held = borrow(pool);
    CompletableFuture<Pooled<Thing>> next = pool.acquireAsync();
    live(Duration.ofSeconds(12));
    assertThat(held.get().number).as("not taken from its borrower").isZero();
    held.close();
    environment.runTasks();

    assertThat(next.join().get().number).isEqualTo(1);
    assertThat(manager.alive()).isEqualTo(1);
  }

  @Test
  void lifetime_overButNeverIdle_endsAllTheSame() {
    ObjectPool<Thing> pool = open(quiet().max(1).lifetime(Duration.ofSeconds(1), 0));
    Pooled<Thing> held = borrow(pool);
    for (int i = 0; i < 30; i++) {
      CompletableFuture<Pooled<Thing>> next = pool.acquireAsync();
      live(Duration.ofMillis(100));
      held.close(); // handed over, never idle
      environment.runTasks();
      held = next.join();
    }

    assertThat(manager.created).hasSizeGreaterThan(1);
  }

  @Test
  void idleTimeout_over_shedsTheOldestDownToTheReserve() {
    ObjectPool<Thing> pool = open(quiet().max(4).minIdle(1).idleTimeout(Duration.ofSeconds(4)));
    fill(pool, 4);
    live(Duration.ofSeconds(1));
    assertThat(sizes(pool).idle()).isGreaterThanOrEqualTo(4);
    live(Duration.ofSeconds(5));

    assertThat(sizes(pool).idle()).isEqualTo(1);
    assertThat(manager.alive()).isEqualTo(1);
    assertThat(count(pool, PoolCount.IDLED_OUT)).isEqualTo(3);
  }

  @Test
  void idleTimeout_healthChecksBetween_shedsThoseThatNobodyUsed() {
    ObjectPool<Thing> pool =
        open(
            quiet()
                .max(5)
                .idleTimeout(Duration.ofSeconds(20))
                .validateAfterIdle(Duration.ofMinutes(1))
                .healthCheck(Duration.ofSeconds(2), 0));
    fill(pool, 5);
    for (int i = 0; i < 10; i++) {
      live(Duration.ofSeconds(3));
      Pooled<Thing> used = borrow(pool);
      assertThat(used.get().number).as("the one given back last").isEqualTo(4);
      used.close();
      if (i == 2) {
        List<Pooled<Thing>> two = List.of(borrow(pool), borrow(pool));
        List<Integer> numbers = two.stream().map(guard -> guard.get().number).toList();
        assertThat(numbers).containsExactly(4, 3);
        two.reversed().forEach(Pooled::close);
      }
    }

    assertThat(manager.created).as("checked meanwhile").allMatch(thing -> thing.validated > 3);
    assertThat(manager.alive).containsExactly(manager.created.get(4));
    assertThat(count(pool, PoolCount.IDLED_OUT)).isEqualTo(4);
  }

  @Test
  void lifetime_withJitter_isDrawnOnceForEachObject() {
    Exchange<Thing> exchange = open(spec().lifetime(Duration.ofSeconds(100), 0.5)).exchange;
    Source<Thing> source = new Source<>(manager);
    List<Entry<Thing>> entries = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      entries.add(exchange.newEntry(source, new Thing(i)));
    }
    long now = environment.nanoTime();
    long midway = now + Duration.ofSeconds(75).toNanos();
    long first = entries.stream().filter(entry -> entry.isPastLifetime(midway)).count();

    assertThat(entries)
        .noneMatch(e -> e.isPastLifetime(now + Duration.ofSeconds(50).toNanos() - 1));
    assertThat(entries).allMatch(e -> e.isPastLifetime(now + Duration.ofSeconds(100).toNanos()));
    assertThat(first).as("midway about half are over").isBetween(400L, 600L);
    for (int again = 0; again < 100; again++) {
      assertThat(entries.stream().filter(entry -> entry.isPastLifetime(midway)).count())
          .as("however often one looks")
          .isEqualTo(first);
    }
  }
}
