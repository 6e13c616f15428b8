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
class ObjectPoolTest {
  private final SimulatedEnvironment environment = new SimulatedEnvironment(1);
  private final FakeManager manager = new FakeManager();

  private ObjectPool<Thing> open(PoolSpec spec) {
    ObjectPool<Thing> pool = new ObjectPool<>(manager, spec, environment);
    environment.runTasks();
    return pool;
  }

  private static PoolSpec spec() {
    return PoolSpec.named("things");
  }

  /** Borrows what must be there within some steps. */
  private Pooled<Thing> borrow(ObjectPool<Thing> pool) {
    CompletableFuture<Pooled<Thing>> future = pool.acquireAsync();
    environment.runTasks();
    return future.join();
  }

  @Test
  void acquire_objectGivenBack_isLentAgain() {
    ObjectPool<Thing> pool = open(spec().max(1));
    Pooled<Thing> first = borrow(pool);
    Thing thing = first.get();
    first.close();

    assertThat(borrow(pool).get()).isSameAs(thing);
    assertThat(manager.created).hasSize(1);
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
    assertThat(pool.snapshot().count(PoolCount.TIMED_OUT)).isEqualTo(1);
    assertThat(pool.snapshot().sizes().waiting()).isZero();
  }
}
