package dev.holdfast.resource.guard;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * How one resource is cleaned up.
 *
 * @param priority which clean-up is begun first
 * @param timeout how long a clean-up may take, from the begin of its first attempt, with all of its
 *     retries; then it is interrupted and given up
 * @param attemptsMax how often the action is begun at most
 * @param backoffFirst the pause after the first failed attempt; it doubles with each further one,
 *     and up to half of it is taken off at random
 * @param backoffMax the longest pause
 */
public record CleanupPolicy(
    CleanupPriority priority,
    Duration timeout,
    int attemptsMax,
    Duration backoffFirst,
    Duration backoffMax) {
  private static final Duration LONGEST = Duration.ofDays(36_500);
  private static final int DOUBLINGS_MAX = 30;
  private static final CleanupPolicy STANDARD =
      new CleanupPolicy(
          CleanupPriority.NORMAL,
          Duration.ofSeconds(30),
          4,
          Duration.ofMillis(20),
          Duration.ofSeconds(1));

  /** Refuses what makes no sense. */
  public CleanupPolicy {
    Objects.requireNonNull(priority, "priority");
    requirePositive("timeout", timeout);
    requirePositive("backoffFirst", backoffFirst);
    requirePositive("backoffMax", backoffMax);
    if (attemptsMax < 1) {
      throw new IllegalArgumentException(
          "a clean-up needs an attempt: attemptsMax=%d; 1 means no retry".formatted(attemptsMax));
    }
    if (backoffMax.compareTo(backoffFirst) < 0) {
      throw new IllegalArgumentException(
          "the longest pause is shorter than the first: backoffFirst=%s, backoffMax=%s"
              .formatted(backoffFirst, backoffMax));
    }
  }

  static void requirePositive(String name, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(
          "%s must be longer than nothing: %s=%s".formatted(name, name, duration));
    }
    if (duration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "%s is longer than can be counted: %s=%s, longest=%s"
              .formatted(name, name, duration, LONGEST));
    }
  }

  /** How long to wait; a duration that no clock can count is for ever. */
  static long waitNanos(String name, Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(
          "%s must not be negative: %s=%s; zero does not wait".formatted(name, name, duration));
    }
    return TimeUnit.NANOSECONDS.convert(duration);
  }

  /** NORMAL, 30 s, four attempts, pauses of 20 ms doubling up to 1 s. */
  public static CleanupPolicy standard() {
    return STANDARD;
  }

  /** With that priority. */
  public CleanupPolicy priority(CleanupPriority changed) {
    return new CleanupPolicy(changed, timeout, attemptsMax, backoffFirst, backoffMax);
  }

  /** With that time-out. */
  public CleanupPolicy timeout(Duration changed) {
    return new CleanupPolicy(priority, changed, attemptsMax, backoffFirst, backoffMax);
  }

  /** With that many attempts at most. */
  public CleanupPolicy attemptsMax(int changed) {
    return new CleanupPolicy(priority, timeout, changed, backoffFirst, backoffMax);
  }

  /** With pauses that begin with the first and double up to the longest. */
  public CleanupPolicy backoff(Duration first, Duration longest) {
    return new CleanupPolicy(priority, timeout, attemptsMax, first, longest);
  }

  /** The pause after that many failed attempts. */
  long backoffNanos(int failed) {
    int doublings = Math.min(failed - 1, DOUBLINGS_MAX);
    Duration doubled = backoffFirst.multipliedBy(1L << doublings);
    long pauseNanos = (doubled.compareTo(backoffMax) < 0 ? doubled : backoffMax).toNanos();
    return pauseNanos - ThreadLocalRandom.current().nextLong(pauseNanos / 2 + 1);
  }
}
