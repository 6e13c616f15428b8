package dev.holdfast.resource.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.resource.pool.FakeManager.Thing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Lending and giving back, step by step, with a simulated clock. */
class ObjectPoolTest extends SimulatedPoolTest {

  @Test
  void acquire_objectGivenBack_isLentAgain() {
    ObjectPool<Thing> pool = open(spec().max(1));
    Pooled<Thing> first = borrow(pool);
    Thing thing = first.get();
    first.close();

    assertThat(first).hasToString("Pooled[pool=things, lent=false]");
    assertThat(borrow(pool).get()).isSameAs(thing);
    assertThat(manager.created).hasSize(1);
    assertThat(pool.snapshot().utilisation()).isEqualTo(1.0);
  }

  @Test
  void acquire_severalIdle_takesTheOneGivenBackLast() {
    ObjectPool<Thing> pool = open(spec().max(2));
    Pooled<Thing> first = borrow(pool);
    Pooled<Thing> second = borrow(pool);
    Thing latest = first.get();
    second.close();
    first.close();

    assertThat(borrow(pool).get()).isSameAs(latest);
  }

  @Test
  void release_manyWaiting_servesThemInTheOrderTheyCame() {
    ObjectPool<Thing> pool = open(spec().max(1));
    Pooled<Thing> held = borrow(pool);
    List<CompletableFuture<Pooled<Thing>>> line = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      line.add(pool.acquireAsync());
    }

    for (int served = 0; served < line.size(); served++) {
      assertThat(line.subList(served, line.size())).noneMatch(CompletableFuture::isDone);
      held.close();
      environment.runTasks();
      held = line.get(served).join();
    }
  }

  @Test
  void acquire_somebodyWaitsBefore_doesNotOvertake() {
    ObjectPool<Thing> pool = open(spec().max(1));
    Pooled<Thing> held = borrow(pool);
    CompletableFuture<Pooled<Thing>> first = pool.acquireAsync();
    held.close(); // the object is the first one's from here on, though it was not delivered yet
    CompletableFuture<Pooled<Thing>> second = pool.acquireAsync();
    environment.runTasks();

    assertThat(first).isDone();
    assertThat(second).isNotDone();
  }

  @Test
  void acquire_nothingComesFreeInTime_isTold() {
    ObjectPool<Thing> pool = open(spec().max(1).acquireTimeout(Duration.ofSeconds(1)));
    borrow(pool);
    CompletableFuture<Pooled<Thing>> late = pool.acquireAsync();
    environment.advance(Duration.ofMillis(999));
    environment.runTasks();
    assertThat(late).isNotDone();
    environment.advance(Duration.ofMillis(1));
    environment.runTasks();

    assertThatThrownBy(late::join)
        .cause()
        .isInstanceOf(AcquireTimeoutException.class)
        .hasMessageContaining("pool=things")
        .hasMessageContaining("waitedMillis=1000")
        .hasMessageContaining("lent=1");
    assertThat(count(pool, PoolCount.TIMED_OUT)).isEqualTo(1);
    assertThat(sizes(pool).waiting()).isZero();
  }

  @Test
  void acquire_tooManyWaiting_isRefusedAtOnce() {
    ObjectPool<Thing> pool = open(spec().max(1).maxWaiters(2));
    Pooled<Thing> held = borrow(pool);
    CompletableFuture<Pooled<Thing>> first = pool.acquireAsync();
    var _ = pool.acquireAsync();
    CompletableFuture<Pooled<Thing>> refused = pool.acquireAsync();
    environment.runTasks();

    assertThatThrownBy(refused::join).cause().isInstanceOf(PoolFullException.class);
    assertThat(count(pool, PoolCount.REFUSED)).isEqualTo(1);
    held.close();
    environment.runTasks();
    assertThat(first).isCompletedWithValueMatching(guard -> guard.get().number == 0);
  }

  @Test
  void acquireAsync_cancelledWhileWaiting_losesItsPlaceOnly() {
    ObjectPool<Thing> pool = open(spec().max(1));
    Pooled<Thing> held = borrow(pool);
    CompletableFuture<Pooled<Thing>> cancelled = pool.acquireAsync();
    CompletableFuture<Pooled<Thing>> next = pool.acquireAsync();
    cancelled.cancel(false);
    held.close();
    environment.runTasks();

    assertThat(next).isDone();
    assertThat(count(pool, PoolCount.GAVE_UP)).isEqualTo(1);
  }

  @Test
  void acquireAsync_cancelledAfterHandOver_passesTheObjectOn() {
    ObjectPool<Thing> pool = open(spec().max(1));
    Pooled<Thing> held = borrow(pool);
    CompletableFuture<Pooled<Thing>> cancelled = pool.acquireAsync();
    CompletableFuture<Pooled<Thing>> next = pool.acquireAsync();
    held.close(); // hands over to the first, whose delivery is still to come
    cancelled.cancel(false);
    environment.runTasks();

    assertThat(next).isDone();
    assertThat(sizes(pool).lent()).isEqualTo(1);
  }

  @Test
  void acquireAsync_lateAtTheMomentOfHandOver_getsTheObject() {
    ObjectPool<Thing> pool = open(spec().max(1).acquireTimeout(Duration.ofSeconds(1)));
    Pooled<Thing> held = borrow(pool);
    CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
    held.close();
    environment.advance(Duration.ofSeconds(2));
    environment.runTasks();

    assertThat(waiting.join().get().number).isZero();
    assertThat(count(pool, PoolCount.TIMED_OUT)).isZero();
  }

  @Test
  void close_twice_doesNothingAndIsCounted() {
    ObjectPool<Thing> pool = open(spec().max(2));
    Pooled<Thing> guard = borrow(pool);
    guard.close();
    Pooled<Thing> next = borrow(pool);
    guard.close();

    assertThat(next.get().number).isZero();
    assertThat(sizes(pool).lent()).isEqualTo(1);
    assertThat(count(pool, PoolCount.DOUBLE_RELEASE)).isEqualTo(1);
  }

  @Test
  void get_afterClose_isRefused() {
    ObjectPool<Thing> pool = open(spec().max(1));
    Pooled<Thing> guard = borrow(pool);
    guard.close();

    assertThatThrownBy(guard::get)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("pool=things");
    borrow(pool);
    assertThatThrownBy(guard::get).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void invalidate_somebodyWaits_makesAnotherForIt() {
    ObjectPool<Thing> pool = open(spec().max(1));
    Pooled<Thing> broken = borrow(pool);
    CompletableFuture<Pooled<Thing>> next = pool.acquireAsync();
    broken.invalidate(new IllegalStateException("wire cut"));
    broken.close(); // what try-with-resources does: not a double release
    environment.runTasks();

    assertThat(next.join().get().number).isEqualTo(1);
    assertThat(manager.mostAlive).as("the place is free only when the object is gone").isEqualTo(1);
    assertThat(count(pool, PoolCount.INVALIDATED)).isEqualTo(1);
    assertThat(count(pool, PoolCount.DOUBLE_RELEASE)).isZero();
  }

  @Test
  void invalidate_destroyFailsOrHangs_placeIsUsedAgain() {
    manager.destroyThrows = true;
    ObjectPool<Thing> pool = open(spec().max(1).recycleTimeout(Duration.ofSeconds(2)));
    borrow(pool).invalidate(new IllegalStateException("broken"));
    environment.runTasks();
    borrow(pool).invalidate(new IllegalStateException("broken"));
    CompletableFuture<Pooled<Thing>> next = pool.acquireAsync();
    environment.advance(Duration.ofSeconds(2)); // the destruction's thread does not come
    environment.runTasks();

    assertThat(next).isDone();
    assertThat(count(pool, PoolCount.DESTROY_FAILED)).isEqualTo(1);
    assertThat(count(pool, PoolCount.DESTROY_ABANDONED)).isEqualTo(1);
    assertThat(manager.alive()).as("destroyed all the same, later").isEqualTo(1);
  }

  @Test
  void release_managerRecycles_lendsOnlyWhatIsRecycled() {
    manager = new FakeManager.Recycling();
    ObjectPool<Thing> pool = open(spec().max(1));
    Pooled<Thing> held = borrow(pool);
    CompletableFuture<Pooled<Thing>> next = pool.acquireAsync();
    held.close();
    assertThat(sizes(pool).busy()).isEqualTo(1);
    environment.runTasks();

    assertThat(next.join().get().recycled).isEqualTo(1);
  }

  @Test
  void release_recyclingFails_replacesTheObject() {
    FakeManager.Recycling recycling = new FakeManager.Recycling();
    manager = recycling;
    recycling.recycleThrows = true;
    ObjectPool<Thing> pool = open(spec().max(1));
    Pooled<Thing> held = borrow(pool);
    CompletableFuture<Pooled<Thing>> next = pool.acquireAsync();
    held.close();
    environment.runTasks();

    assertThat(next.join().get().number).isEqualTo(1);
    assertThat(count(pool, PoolCount.RECYCLE_FAILED)).isEqualTo(1);
  }

  @Test
  void release_recyclingHangs_replacesTheObjectAfterItsTimeout() {
    manager = new FakeManager.Recycling();
    ObjectPool<Thing> pool = open(spec().max(1).recycleTimeout(Duration.ofSeconds(3)));
    Pooled<Thing> held = borrow(pool);
    CompletableFuture<Pooled<Thing>> next = pool.acquireAsync();
    held.close();
    environment.advance(Duration.ofSeconds(3)); // no task runs: the recycling hangs
    environment.runTasks();

    assertThat(next.join().get().number).isEqualTo(1);
    assertThat(count(pool, PoolCount.RECYCLE_FAILED)).isEqualTo(1);
  }

  @Test
  void use_workThrows_givesTheObjectBack() throws InterruptedException {
    ObjectPool<Thing> pool = open(spec().max(1));
    fill(pool, 1);

    assertThat(pool.<Integer, RuntimeException>use(thing -> thing.number)).isZero();
    assertThatThrownBy(() ->
            pool.use(thing -> {
              throw new IllegalArgumentException("work failed");
            }))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(sizes(pool).idle()).isEqualTo(1);
  }

  @Test
  void acquire_threadIsInterruptedButObjectIsThere_isServed() throws InterruptedException {
    ObjectPool<Thing> pool = open(spec().max(1));
    fill(pool, 1);
    Thread.currentThread().interrupt();

    try (Pooled<Thing> guard = pool.acquire()) {
      assertThat(guard.get().number).isZero();
    }
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void acquire_timeoutIsNotPositive_isRefused() {
    ObjectPool<Thing> pool = open(spec());

    assertThatThrownBy(() -> pool.acquire(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("timeout=PT0S");
  }

  @Test
  void snapshot_afterSomeWaits_hasThemInItsHistogram() {
    ObjectPool<Thing> pool = open(spec().max(1));
    Pooled<Thing> held = borrow(pool);
    var _ = pool.acquireAsync();
    environment.advance(Duration.ofMillis(100));
    held.close();

    WaitHistogram waits = pool.snapshot().waits();
    assertThat(waits.count()).isEqualTo(2);
    assertThat(waits.atOnce()).isEqualTo(1);
    assertThat(waits.max()).isEqualTo(Duration.ofMillis(100));
    assertThat(waits.sum()).isEqualTo(Duration.ofMillis(100));
    assertThat(count(pool, PoolCount.LENT)).isEqualTo(2);
    assertThat(pool.loans()).hasSize(1);
  }

  /**
   * Ten objects held for a second serve ten borrowers a second (Little's law): who comes a little
   * more slowly is served even behind a crowd, and of those who come faster some are late.
   */
  @Test
  void acquire_afterSaturation_isServedUpToTheRateOfLittlesLaw() {
    assertThat(lateWhenOneComesEvery(Duration.ofMillis(110))).isZero();
    assertThat(lateWhenOneComesEvery(Duration.ofMillis(90))).isPositive();
  }

  private long lateWhenOneComesEvery(Duration interval) {
    ObjectPool<Thing> pool = open(spec().max(10).acquireTimeout(Duration.ofSeconds(5)));
    for (int i = 0; i < 50; i++) {
      holdForASecond(pool);
    }
    for (int i = 0; i < 600; i++) {
      live(interval);
      holdForASecond(pool);
    }
    return count(pool, PoolCount.TIMED_OUT);
  }

  private void holdForASecond(ObjectPool<Thing> pool) {
    var _ = pool.acquireAsync().thenAccept(guard -> environment.after(1_000_000_000, guard::close));
  }
}
