package dev.holdfast.resource.pool;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Clock, threads and chance, so that tests can bring their own. */
interface PoolEnvironment {
  /** A clock that only goes forward. */
  long nanoTime();

  /** How long to wait for memory for a thread. */
  long THREAD_PAUSE_NANOS = 10_000_000;

  /** Runs user code soon, on a thread of its own. May throw: there is no memory for a thread. */
  void start(Runnable task);

  /**
   * Runs user code on a thread of its own, as soon as one can be started; once, though a start that
   * throws may have started it all the same.
   */
  default void startSurely(Runnable task) {
    AtomicBoolean begun = new AtomicBoolean();
    startUntilBegun(() -> {
      if (begun.compareAndSet(false, true)) {
        task.run();
      }
    });
  }

  private void startUntilBegun(Runnable once) {
    try {
      start(once);
    } catch (Throwable noThread) { // what depends on the task must not wait for ever
      surelyAfter(THREAD_PAUSE_NANOS, () -> startUntilBegun(once));
    }
  }

  /** Runs a short step of the pool's own after that time. */
  Timer after(long nanos, Runnable step);

  /** As {@link #after}; a {@link #stop} takes effect behind it, unless it has already. */
  void surelyAfter(long nanos, Runnable step);

  /** From 0 to below 1. */
  double random();

  /** No step is run any more, once those that must be have been. */
  void stop();

  /** A step to come. */
  interface Timer {
    /** Forgets the step, if it did not run yet. */
    void cancel();
  }

  /**
   * Virtual threads for the manager's calls; one platform thread for the clock, so that deadlines
   * hold even when every carrier is busy. Nothing foreign runs on it, the log's handlers included,
   * and none of them inherits thread-locals or a context class loader from a borrower.
   */
  static PoolEnvironment threaded(String pool) {
    return new Threaded(pool);
  }

  /** The real one. */
  final class Threaded implements PoolEnvironment {
    private final String pool;
    private final ScheduledThreadPoolExecutor timers;

    /** Who needs the timers: the pool, until it stops, and each step that must be run. */
    private final AtomicInteger users = new AtomicInteger(1);

    private Threaded(String pool) {
      this.pool = pool;
      this.timers =
          new ScheduledThreadPoolExecutor(
              1,
              Thread.ofPlatform()
                  .daemon()
                  .inheritInheritableThreadLocals(false)
                  .name("holdfast-pool-" + pool + "-timer")
                  .factory(),
              new ThreadPoolExecutor.DiscardPolicy());
      timers.setRemoveOnCancelPolicy(true);
      timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    public void start(Runnable task) {
      Thread.ofVirtual()
          .name("holdfast-pool-" + pool)
          .inheritInheritableThreadLocals(false) // whose would they be? some borrower's
          .start(task);
    }

    @Override
    public Timer after(long nanos, Runnable step) {
      ScheduledFuture<?> due = timers.schedule(step, nanos, TimeUnit.NANOSECONDS);
      return () -> due.cancel(false);
    }

    @Override
    public void surelyAfter(long nanos, Runnable step) {
      users.incrementAndGet();
      boolean waits = false;
      try {
        var _ = after(nanos, () -> runThenStop(step));
        waits = true;
      } finally {
        if (!waits) {
          stop();
        }
      }
    }

    private void runThenStop(Runnable step) {
      try {
        step.run();
      } finally {
        stop();
      }
    }

    @Override
    public double random() {
      return ThreadLocalRandom.current().nextDouble();
    }

    @Override
    public void stop() {
      if (users.decrementAndGet() == 0) {
        timers.shutdown();
      }
    }
  }
}
