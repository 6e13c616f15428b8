package dev.holdfast.observe;

import dev.holdfast.resource.pool.ObjectPool;
import dev.holdfast.resource.pool.PoolCount;
import dev.holdfast.resource.pool.PoolSnapshot;
import dev.holdfast.resource.pool.WaitHistogram;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;

/**
 * The figures of an {@link ObjectPool}, tagged with its name as {@code pool}:
 *
 * <ul>
 *   <li>{@code holdfast.pool.objects}, by {@code place}: idle, lent, creating, busy, leaving;
 *       {@code .max}, {@code .waiting}, {@code .utilisation} (lent ÷ max), {@code .breaker} (0
 *       closed, 0.5 half open, 1 open)
 *   <li>{@code holdfast.pool.events}, by {@code event}: every {@link PoolCount}, in small letters
 *   <li>{@code holdfast.pool.wait}: how many were served and how long all waited; {@code
 *       .wait.quantile}, by {@code share}: 0.5, 0.95, 0.99, 0.999, 1
 * </ul>
 */
public final class PoolMetrics implements MeterBinder {
  private static final String PREFIX = "holdfast.pool.";
  private static final double[] SHARES = {0.5, 0.95, 0.99, 0.999, 1};

  private final ObjectPool<?> pool;
  private final Tags tags;

  /** Observes that pool. */
  public PoolMetrics(ObjectPool<?> pool) {
    this.pool = pool;
    this.tags = Tags.of("pool", pool.snapshot().name());
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    place(meters, "idle", PoolSnapshot.Sizes::idle);
    place(meters, "lent", PoolSnapshot.Sizes::lent);
    place(meters, "creating", PoolSnapshot.Sizes::creating);
    place(meters, "busy", PoolSnapshot.Sizes::busy);
    place(meters, "leaving", PoolSnapshot.Sizes::leaving);
    Gauge.builder(PREFIX + "max", pool, seen -> seen.snapshot().sizes().max())
        .description("The most objects that may exist")
        .tags(tags)
        .register(meters);
    Gauge.builder(PREFIX + "waiting", pool, seen -> seen.snapshot().sizes().waiting())
        .description("Borrowers in line")
        .tags(tags)
        .register(meters);
    Gauge.builder(PREFIX + "utilisation", pool, seen -> seen.snapshot().utilisation())
        .description("The share of the most objects that is lent")
        .tags(tags)
        .register(meters);
    Gauge.builder(PREFIX + "breaker", pool, seen -> figure(seen.snapshot().breaker()))
        .description("0 if objects can be made, 1 if not, 0.5 while that is tried")
        .tags(tags)
        .register(meters);
    bindEvents(meters);
    bindWaits(meters);
  }

  private void place(MeterRegistry meters, String place, ToIntFunction<PoolSnapshot.Sizes> size) {
    Gauge.builder(PREFIX + "objects", pool, seen -> size.applyAsInt(seen.snapshot().sizes()))
        .description("Objects, by where they are")
        .tags(tags.and("place", place))
        .register(meters);
  }

  private static double figure(PoolSnapshot.Breaker breaker) {
    return switch (breaker) {
      case CLOSED -> 0;
      case HALF_OPEN -> 0.5;
      case OPEN -> 1;
    };
  }

  private void bindEvents(MeterRegistry meters) {
    for (PoolCount event : PoolCount.values()) {
      FunctionCounter.builder(PREFIX + "events", pool, seen -> seen.snapshot().count(event))
          .description("What happened since the pool was opened")
          .tags(tags.and("event", event.name().toLowerCase(Locale.ROOT)))
          .register(meters);
    }
  }

  private void bindWaits(MeterRegistry meters) {
    FunctionTimer.builder(
            PREFIX + "wait",
            pool,
            seen -> waits(seen).count(),
            seen -> waits(seen).sum().toNanos(),
            TimeUnit.NANOSECONDS)
        .description("How long borrowers waited before they were served")
        .tags(tags)
        .register(meters);
    for (double share : SHARES) {
      TimeGauge.builder(
              PREFIX + "wait.quantile",
              pool,
              TimeUnit.NANOSECONDS,
              seen -> waits(seen).quantile(share).toNanos())
          .description("A wait that this share of the borrowers did not exceed")
          .tags(tags.and("share", share == 1 ? "1" : Double.toString(share)))
          .register(meters);
    }
  }

  private static WaitHistogram waits(ObjectPool<?> pool) {
    return pool.snapshot().waits();
  }
}
