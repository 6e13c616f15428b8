package dev.holdfast.resource.pool;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Clock, threads and chance, so that tests can bring their own. */
interface PoolEnvironment {
  /** A clock that only goes forward. */
  long nanoTime();

  /** How long to wait for memory for a thread. */
  long THREAD_PAUSE_NANOS = 10_000_000;

  /** Runs user code soon, on a thread of its own. May throw: there is no memory for a thread. */
  void start(Runnable task);

  /** Runs user code on a thread of its own, as soon as one can be started. */
  default void startSurely(Runnable task) {
    try {
      start(task);
    } catch (Throwable noThread) { // what depends on the task must not wait for ever
      after(THREAD_PAUSE_NANOS, () -> startSurely(task));
    }
  }

  /** Runs a short step of the pool's own after that time. */
  Timer after(long nanos, Runnable step);

  /** From 0 to below 1. */
  double random();

  /** No step is run any more. */
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
    public double random() {
      return ThreadLocalRandom.current().nextDouble();
    }

    @Override
    public void stop() {
      timers.shutdown();
    }
  }
}
