package dev.holdfast.sync;

import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Spaces of a test's own; two of the same name are two participants, as two processes would be. */
abstract class LocksTestBase {
  private static final long WATCHDOG_SECONDS = 60;

  @TempDir Path root;

  private final List<Space> spaces = new ArrayList<>();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().name("test-", 0).factory());

  Space space() {
    Space space = Space.open(SpaceSpec.named("s").under(root));
    spaces.add(space);
    return space;
  }

  Locks locks() {
    return Locks.of(space());
  }

  /** What is behind the locks of a participant that asked for some. */
  static Locks.Core core(Space space) {
    return space.layer(
        Locks.Core.class, membership -> new Locks.Core(membership, LockSizes.DEFAULT));
  }

  @AfterEach
  void leave() throws IOException, InterruptedException {
    threads.shutdownNow();
    spaces.forEach(Space::close);
    spaces.clear();
    if (!threads.awaitTermination(WATCHDOG_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("a thread of the test does not end");
    }
  }

  <T> Future<T> start(Callable<T> work) {
    return threads.submit(work);
  }

  Future<?> run(Runnable work) {
    return threads.submit(work);
  }

  static <T> T get(Future<T> future) {
    try {
      return future.get(WATCHDOG_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("the thread failed", e.getCause());
    } catch (TimeoutException | InterruptedException e) {
      throw new AssertionError("the thread does not end", e);
    }
  }

  /** Waits until it is so; the deadline is a watchdog. */
  static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WATCHDOG_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("never became true");
      }
      LockSupport.parkNanos(100_000);
    }
  }

  /** Waits until somebody waits for that lock. */
  static void awaitWaiters(Locks locks, String name, int count) {
    await(() ->
        locks.list().stream()
            .anyMatch(lock -> lock.name().equals(name) && lock.waiters().size() >= count));
  }
}
