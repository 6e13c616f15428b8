package dev.holdfast.resource.config;

import java.time.Duration;

/**
 * Decides when sources that changed have come to rest: two looks that see the same, with a quiet
 * time between them. One that never rests is taken as it is after a while. Times are {@link
 * System#nanoTime}.
 */
final class Settling {
  private static final int PATIENCE = 20; // quiet times

  private final long quietNanos;
  private final long pollNanos;
  private String seen = "";
  private boolean isRestless;
  private long firstNoise;
  private long lastNoise;

  Settling(Duration quiet, Duration poll) {
    this.quietNanos = Durations.nanos(quiet);
    this.pollNanos = Durations.nanos(poll);
  }

  /** Something happened to a source; whether it is the first thing for some time. */
  boolean noise(long now) {
    boolean isFirst = !isRestless;
    if (isFirst) {
      isRestless = true;
      firstNoise = now;
    }
    lastNoise = now;
    return isFirst;
  }

  /** A look failed: the next one comes with the next event or poll. */
  void forget() {
    isRestless = false;
  }

  /** How long until the next look. */
  long waitNanos(long now) {
    if (!isRestless) {
      return pollNanos;
    }
    return Math.max(
        0, Math.min(lastNoise + quietNanos - now, firstNoise + PATIENCE * quietNanos - now));
  }

  /** A look at the sources; whether to bring what it saw into force now. */
  boolean look(String fingerprint, String attempted, long now) {
    boolean isAtRest = fingerprint.equals(seen) && isRestless && now - lastNoise >= quietNanos;
    boolean isOutOfPatience = isRestless && now - firstNoise >= PATIENCE * quietNanos;
    seen = fingerprint;
    if (fingerprint.equals(attempted)) {
      isRestless = isRestless && !isAtRest && !isOutOfPatience;
      return false;
    }
    if (isAtRest || isOutOfPatience) {
      isRestless = false;
      return true;
    }
    noise(now);
    return false;
  }
}
