package dev.holdfast.resource.pool;

import dev.holdfast.resource.pool.FakeManager.Thing;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A pool on a simulated clock, whose invariant is looked at after every test. */
abstract class SimulatedPoolTest {
  final SimulatedEnvironment environment = new SimulatedEnvironment(1);
  FakeManager manager = new FakeManager();
  private @Nullable ObjectPool<Thing> opened;

  static PoolSpec spec() {
    return PoolSpec.named("things");
  }

  final ObjectPool<Thing> open(PoolSpec spec) {
    ObjectPool<Thing> pool = new ObjectPool<>(manager, spec, environment);
    opened = pool;
    environment.runTasks();
    return pool;
  }

  @AfterEach
  final void verify() {
    if (opened != null) {
      opened.exchange.verify();
    }
  }

  /** Borrows what must be there without time passing. */
  final Pooled<Thing> borrow(ObjectPool<Thing> pool) {
    CompletableFuture<Pooled<Thing>> future = pool.acquireAsync();
    environment.runTasks();
    return future.join();
  }

  /** Borrows and gives back so many at once, so that they lie idle. */
  final void fill(ObjectPool<Thing> pool, int objects) {
    var guards = Stream.generate(() -> borrow(pool)).limit(objects).toList();
    guards.forEach(Pooled::close);
    environment.runTasks();
  }

  final void live(Duration time) {
    environment.live(time, Duration.ofMillis(10));
  }

  /** The first tasks hang: their threads never come to run. */
  final void runAllButTheFirst(int hanging) {
    while (environment.tasks() > hanging) {
      environment.runTask(hanging);
    }
  }

  static PoolSnapshot.Sizes sizes(ObjectPool<?> pool) {
    return pool.snapshot().sizes();
  }

  static long count(ObjectPool<?> pool, PoolCount what) {
    return pool.snapshot().count(what);
  }
}
