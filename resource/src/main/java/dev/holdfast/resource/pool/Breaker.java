package dev.holdfast.resource.pool;

import org.jspecify.annotations.Nullable;

/**
 * When to create again after a failure, and when to stop letting borrowers wait for it. Guarded by
 * the exchange's lock.
 *
 * <p>Failures in a row lengthen the pause, doubling from the first to the longest, of which a
 * random half to whole is taken so that many pools do not come back at one moment. From the given
 * number of failures on the breaker is open; a single creation after each pause is the probe.
 */
final class Breaker {
  private final PoolSpec spec;
  private int failures;
  private long retryNanos;
  private @Nullable Throwable latest;

  Breaker(PoolSpec spec) {
    this.spec = spec;
  }

  void succeeded() {
    failures = 0;
    latest = null;
  }

  /** Whether this failure opened it. */
  boolean failed(Throwable cause, long now, double random) {
    failures++;
    latest = cause;
    long pause = pauseNanos();
    retryNanos = now + pause / 2 + (long) (pause / 2.0 * random);
    return failures == spec.breakerFailures();
  }

  private long pauseNanos() {
    int doublings = Math.min(failures - 1, 62);
    long longest = spec.backOffMostNanos();
    long first = spec.backOffFirstNanos();
    return first > longest >> doublings ? longest : first << doublings;
  }

  boolean isOpen() {
    return failures >= spec.breakerFailures();
  }

  boolean isPausing(long now) {
    return failures > 0 && now - retryNanos < 0;
  }

  long pauseLeftNanos(long now) {
    return retryNanos - now;
  }

  /** How many creations may be in flight. */
  int creationsAllowed(long now) {
    if (failures == 0) {
      return spec.parallelCreations();
    }
    return isPausing(now) ? 0 : 1;
  }

  @Nullable Throwable latest() {
    return latest;
  }

  PoolSnapshot.Breaker state(int creating) {
    if (!isOpen()) {
      return PoolSnapshot.Breaker.CLOSED;
    }
    return creating > 0 ? PoolSnapshot.Breaker.HALF_OPEN : PoolSnapshot.Breaker.OPEN;
  }
}
