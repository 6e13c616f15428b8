package dev.holdfast.sync;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of a process that sleeps on its doorbell in shared memory, for all who park in
 * Java: virtual threads, whose carriers must not sleep in the kernel, and whoever can be
 * interrupted. Starts with the first of them.
 */
final class Reactor implements Runnable {
  private static final System.Logger LOG = System.getLogger(Reactor.class.getName());
  private static final long CAP_NANOS = 500_000_000;

  private final Waiters waiters;
  private final Contexts contexts;
  private final Runnable onRing;
  private final int slot;
  private final java.util.function.LongSupplier clock;
  private final Thread thread;
  private boolean started;
  private volatile boolean closed;

  /**
   * @param onRing what else to look after when the doorbell rings
   */
  Reactor(
      Waiters waiters,
      Contexts contexts,
      long participant,
      java.util.function.LongSupplier clock,
      String space,
      Runnable onRing) {
    this.waiters = waiters;
    this.contexts = contexts;
    this.slot = (int) (participant & 0xFFFF);
    this.clock = clock;
    this.onRing = onRing;
    this.thread = Thread.ofPlatform().daemon().name("holdfast-reactor-" + space).unstarted(this);
  }

  /** Starts it unless it runs. */
  synchronized void ensureRunning() {
    if (!started && !closed) {
      started = true;
      thread.start();
    }
  }

  @Override
  public void run() {
    long seen = waiters.doorbell(slot);
    while (!closed) {
      try {
        wakeTheSignalled();
        onRing.run();
        waiters.awaitDoorbell(slot, seen, clock.getAsLong() + CAP_NANOS);
        seen = waiters.doorbell(slot);
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "waking waiters failed", e);
        LockSupport.parkNanos(CAP_NANOS);
      }
    }
  }

  private void wakeTheSignalled() {
    contexts.forEachBound(context -> {
      @Nullable Thread sleeper = context.sleeper;
      if (sleeper != null && context.wasSignalled()) {
        LockSupport.unpark(sleeper);
      }
    });
  }

  /** Ends the thread and waits for it. */
  void close(Runnable ring) {
    boolean running;
    synchronized (this) {
      closed = true;
      running = started;
    }
    boolean interrupted = false;
    while (running && thread.isAlive()) {
      ring.run();
      try {
        thread.join(1);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
