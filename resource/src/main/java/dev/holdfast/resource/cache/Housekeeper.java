package dev.holdfast.resource.cache;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
  private static final Housekeeper SHARED = new Housekeeper();

  private static final long ORIGIN = System.nanoTime();

  /** The time of the last look at the clock; only ever behind, by the resolution or so. */
  private static volatile long coarseNanos = now();

  private final List<Charge> charges = new CopyOnWriteArrayList<>();
  private boolean running; // guarded by this

  private Housekeeper() {}

  /** A cache and when it is to be swept next. */
  private static final class Charge {
    final WeakReference<HeapCache<?, ?>> cache;
    final long intervalNanos;
    long dueNanos;

    Charge(HeapCache<?, ?> cache, long intervalNanos) {
      this.cache = new WeakReference<>(cache);
      this.intervalNanos = intervalNanos;
      this.dueNanos = now() + intervalNanos;
    }

    boolean isOver() {
      HeapCache<?, ?> present = cache.get();
      return present == null || present.isClosed();
    }

    void sweepIfDue(long now) {
      HeapCache<?, ?> present = cache.get();
      if (present != null && intervalNanos > 0 && now - dueNanos >= 0) {
        dueNanos = now + intervalNanos;
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
   * Keeps the coarse clock going for this cache, and sweeps it in this interval unless that is 0.
   */
  static void lookAfter(HeapCache<?, ?> cache, Duration sweepInterval) {
    SHARED.add(new Charge(cache, sweepInterval.toNanos()));
  }

  private synchronized void add(Charge charge) {
    charges.add(charge);
    if (!running) {
      running = true;
      coarseNanos = now();
      Thread.ofPlatform().daemon().name("holdfast-cache").start(this::run);
    }
  }

  private void run() {
    while (!isDone()) {
      LockSupport.parkNanos(RESOLUTION.toNanos());
      long now = now();
      coarseNanos = now;
      charges.forEach(charge -> sweepIfDue(charge, now));
    }
  }

  /** Goes on whatever happens: without this thread the time of all caches stands still. */
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
