package dev.holdfast.resource.config;

import java.util.Optional;

/**
 * A configuration that holds for a share of the keys. Only the pipeline, under its lock, makes
 * steps; readers see one share or the next.
 */
final class Candidate<T> {
  private static final int SHARES = 10_000;
  private static final long HEALTH_NANOS = 1_000_000_000; // between two looks at the health

  private final ConfigChange<T> change;
  private final Subscribers<T>.Round round;
  private final Rollout rollout;
  private final int salt;
  private volatile int step;
  private volatile long steppedAt;
  private volatile int share;

  Candidate(ConfigChange<T> change, Subscribers<T>.Round round, Rollout rollout, long now) {
    this.change = change;
    this.round = round;
    this.rollout = rollout;
    this.salt = change.after().fingerprint().hashCode();
    this.steppedAt = now;
    this.share = share(rollout.percents().getFirst());
  }

  ConfigChange<T> change() {
    return change;
  }

  Subscribers<T>.Round round() {
    return round;
  }

  double percent() {
    return rollout.percents().get(step);
  }

  /** The configuration for a key: the old one or the new one. */
  T valueFor(String key) {
    return isIn(key) ? change.after().value() : change.before().value();
  }

  boolean isOf(Reading reading) {
    return reading.fingerprint().equals(change.after().fingerprint());
  }

  /** Why it should not go on, if it should not. */
  Optional<String> illness() {
    try {
      return rollout.health().getAsBoolean()
          ? Optional.empty()
          : Optional.of("the rollout was not healthy: percent=%s".formatted(percent()));
    } catch (Throwable e) {
      return Optional.of(
          "the health of the rollout could not be told: percent=%s: %s".formatted(percent(), e));
    }
  }

  boolean isTime(long now) {
    return now - steppedAt >= Durations.nanos(rollout.interval());
  }

  /** Takes the next share; false when there is none left. */
  boolean advance(long now) {
    int next = step + 1;
    if (next == rollout.percents().size()) {
      return false;
    }
    step = next;
    steppedAt = now;
    share = share(percent());
    return true;
  }

  /** How long until the next step, or the next look at the health. */
  long waitNanos(long now) {
    return Math.clamp(steppedAt + Durations.nanos(rollout.interval()) - now, 0, HEALTH_NANOS);
  }

  private boolean isIn(String key) {
    return Integer.remainderUnsigned(mix(key.hashCode() ^ salt), SHARES) < share;
  }

  private static int share(double percent) {
    return (int) Math.ceil(percent * SHARES / 100);
  }

  /** Spreads what lies close together (the finalizer of MurmurHash3). */
  private static int mix(int hash) {
    int h = hash;
    h = (h ^ (h >>> 16)) * 0x85EBCA6B;
    h = (h ^ (h >>> 13)) * 0xC2B2AE35;
    return h ^ (h >>> 16);
  }
}
