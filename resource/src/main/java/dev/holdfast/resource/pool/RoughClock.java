package dev.holdfast.resource.pool;

/**
 * The time to within a tick, for one load instead of a look at the clock on every loan. It ticks
 * while it is read, and at its first reading after a rest it is exact. Guarded by the exchange's
 * lock; whoever holds it calls.
 *
 * <p>A tick is a tenth of the idle time after which objects are validated, 1 to 50 ms: what lay
 * idle is lent unchecked for that much longer at most, as long as the timer's thread gets to run.
 */
final class RoughClock {
  private static final long TICK_MIN = 1_000_000;
  private static final long TICK_MAX = 50_000_000;

  private final PoolEnvironment environment;
  private final Runnable tick;
  private final long tickNanos;
  private long nanos;
  private boolean ticking;
  private boolean read;

  /**
   * @param tick takes the lock and calls {@link #tick}
   */
  RoughClock(PoolEnvironment environment, long validateAfterIdleNanos, Runnable tick) {
    this.environment = environment;
    this.tickNanos = Math.clamp(validateAfterIdleNanos / 10, TICK_MIN, TICK_MAX);
    this.tick = tick;
  }

  long nanoTime() {
    read = true;
    return ticking ? nanos : begin();
  }

  private long begin() {
    next();
    ticking = true; // not before the timer is set: it may find no memory
    return nanos;
  }

  private void next() {
    nanos = environment.nanoTime();
    environment.after(tickNanos, tick);
  }

  void tick() {
    ticking = false;
    if (read) {
      read = false;
      begin();
    }
  }
}
