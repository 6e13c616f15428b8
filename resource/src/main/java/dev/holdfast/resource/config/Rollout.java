package dev.holdfast.resource.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Brings a new configuration into force for a growing share of keys (customers, hosts, requests)
 * before it holds for all. {@link ReloadableConfig#currentFor} decides by a key's hash: a key that
 * got the new one keeps it, and all processes with the same sources decide alike.
 *
 * <pre>{@code
 * builder.rollout(Rollout.steps(1, 10, 50)
 *     .every(Duration.ofMinutes(5))
 *     .whileHealthy(() -> errorRate() < 0.01));
 * }</pre>
 *
 * @param percents the shares on the way to 100
 * @param interval how long each share is watched before the next
 * @param health false ends the rollout: all keys are back at the old configuration
 */
public record Rollout(List<Double> percents, Duration interval, BooleanSupplier health) {
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  /**
   * @throws IllegalArgumentException if a share is not between 0 and 100, or they do not grow
   */
  public Rollout {
    double before = 0;
    for (double percent : percents) {
      if (!(percent > before && percent < 100)) {
        throw new IllegalArgumentException(
            "shares of a rollout must grow between 0 and 100: percents=" + percents);
      }
      before = percent;
    }
    if (percents.isEmpty() || interval.isNegative() || interval.isZero()) {
      throw new IllegalArgumentException(
          "a rollout needs steps and time: percents=%s, interval=%s".formatted(percents, interval));
    }
    percents = List.copyOf(percents);
  }

  /** Shares in percent, a minute each. */
  public static Rollout steps(double... percents) {
    return new Rollout(Arrays.stream(percents).boxed().toList(), INTERVAL, () -> true);
  }

  /** This rollout with another time for each share. */
  public Rollout every(Duration time) {
    return new Rollout(percents, time, health);
  }

  /** This rollout, ended as soon as {@code judge} says no or throws. */
  public Rollout whileHealthy(BooleanSupplier judge) {
    return new Rollout(percents, interval, judge);
  }
}
