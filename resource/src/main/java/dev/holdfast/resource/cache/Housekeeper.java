package dev.holdfast.resource.cache;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;

/**
 * The one daemon thread that all caches with times share: every 10 ms it reads the clock, so that
 * hits need not, and starts the sweeps that are due, each on a virtual thread of its own.
 *
 * <p>Lifetime: the thread runs while there is a cache to look after. It holds caches weakly: one
 * that nobody uses any more is collected whether closed or not.
 */
final class Housekeeper {
  private static final System.Logger LOG = System.getLogger("dev.holdfast.resource.cache");
  static final Duration RESOLUTION = Duration.ofMillis(10);
  static final Housekeeper SHARED = new Housekeeper(Housekeeper::thread);

  private static final long ORIGIN = System.nanoTime();

  /** The time of the last look at the clock; only ever behind, by the resolution or so. */
  private static volatile long coarseNanos = now();

  private final ThreadFactory threads;
  private final List<Charge> charges = new CopyOnWriteArrayList<>();
  private boolean running; // guarded by this

  Housekeeper(ThreadFactory threads) {
    this.threads = threads;
  }

  /** Nothing of who happens to make the first cache: no thread group, loader or thread-locals. */
  static Thread thread(Runnable task) {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .group(group)
            .name("holdfast-cache")
            .inheritInheritableThreadLocals(false)
            .unstarted(task);
    thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
    return thread;
  }

  /** A cache and when it is to be swept next. */
  private static final class Charge {
    final WeakReference<HeapCache<?, ?>> cache;
    final long intervalNanos;
    long dueNanos;

    Charge(HeapCache<?, ?> cache, long intervalNanos) {
      this.cache = new WeakReference<>(cache);
      this.intervalNanos = intervalNanos;
      this.dueNanos = Times.add(now(), intervalNanos);
    }

    boolean isOver() {
      HeapCache<?, ?> present = cache.get();
      return present == null || present.isClosed();
    }

    void sweepIfDue(long now) {
      HeapCache<?, ?> present = cache.get();
      if (present != null && now >= dueNanos) {
        dueNanos = Times.add(now, intervalNanos);
        present.sweepInBackground();
      }
    }
  }

  /** Nanoseconds since this class was first used. */
  static long now() {
    return System.nanoTime() - ORIGIN;
  }

  static long coarseNanos() {
    return coarseNanos;
  }

  /**
   * Keeps the coarse clock going for this cache, and sweeps it in this interval; {@link
   * Entry#NEVER} for not at all.
   */
  synchronized void lookAfter(HeapCache<?, ?> cache, long sweepNanos) {
    Charge charge = new Charge(cache, sweepNanos);
    if (!running) {
      coarseNanos = now();
      threads.newThread(this::run).start();
      running = true;
    }
    charges.add(charge);
  }

  private void run() {
    boolean done = false;
    while (!done) {
      LockSupport.parkNanos(RESOLUTION.toNanos());
      Thread.interrupted(); // or the next park would end at once
      coarseNanos = now();
      done = isDoneAfterSweeping();
    }
  }

  /** Goes on whatever happens: without this thread the time of all caches stands still. */
  private boolean isDoneAfterSweeping() {
    try {
      for (Charge charge : charges) {
        sweepIfDue(charge, coarseNanos);
      }
      return isDone();
    } catch (Throwable notEvenToTellOfIt) { // no memory, for example
      return false;
    }
  }

  private static void sweepIfDue(Charge charge, long now) {
    try {
      charge.sweepIfDue(now);
    } catch (Throwable failure) { // no memory for a thread, for example
      LOG.log(System.Logger.Level.WARNING, "a sweep could not start; the next one will", failure);
    }
  }

  private synchronized boolean isDone() {
    charges.removeIf(Charge::isOver);
    running = !charges.isEmpty();
    return !running;
  }
}
