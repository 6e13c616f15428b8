package dev.holdfast.observe;

import dev.holdfast.resource.guard.CleanupPriority;
import dev.holdfast.resource.guard.RegistrySnapshot;
import dev.holdfast.resource.guard.ResourceRegistry;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * The figures of a {@link ResourceRegistry}, tagged with its name:
 *
 * <ul>
 *   <li>{@code holdfast.guards.live}, {@code .running}, {@code .backing.off}, {@code .stuck},
 *       {@code .dead.letters}; {@code .queued}, by {@code priority}; {@code .healthy}, 1 or 0
 *   <li>{@code holdfast.guards.registered}; {@code .ended}, by {@code outcome}; {@code .retries},
 *       {@code .late}, {@code .leaked}, {@code .closed.again}, {@code .refused}, {@code
 *       .acquired.late}, {@code .dead.letters.dropped}
 *   <li>{@code holdfast.guards.cleanup}, from being asked for to the end, by {@code percentile}
 * </ul>
 */
public final class GuardMetrics implements MeterBinder {
  private static final String PREFIX = "holdfast.guards.";

  private final ResourceRegistry registry;

  /** Observes that registry. */
  public GuardMetrics(ResourceRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    gauge(meters, "live", "Guards in use", RegistrySnapshot::live);
    gauge(meters, "running", "Clean-ups that run", RegistrySnapshot::running);
    gauge(meters, "backing.off", "Clean-ups between attempts", RegistrySnapshot::backingOff);
    gauge(meters, "stuck", "Clean-ups that outlive their time-out", RegistrySnapshot::stuck);
    gauge(meters, "dead.letters", "Resources not cleaned, kept", RegistrySnapshot::deadLetters);
    gauge(meters, "healthy", "1 if nothing is wrong", seen -> seen.isHealthy() ? 1 : 0);
    for (CleanupPriority priority : CleanupPriority.values()) {
      Gauge.builder(
              PREFIX + "queued",
              registry,
              seen -> seen.snapshot().queued().getOrDefault(priority, 0))
          .description("Clean-ups that wait for their turn")
          .tags(tags().and("priority", priority.name().toLowerCase(Locale.ROOT)))
          .register(meters);
    }
    bindCounters(meters);
    percentile(meters, "0.5", RegistrySnapshot::median);
    percentile(meters, "0.99", RegistrySnapshot::p99);
    percentile(meters, "1", RegistrySnapshot::longest);
  }

  private void bindCounters(MeterRegistry meters) {
    Tags tags = tags();
    counter(meters, "registered", tags, seen -> seen.totals().registered());
    counter(meters, "ended", tags.and("outcome", "cleaned"), seen -> seen.totals().cleaned());
    counter(meters, "ended", tags.and("outcome", "failed"), seen -> seen.totals().failed());
    counter(meters, "ended", tags.and("outcome", "timed_out"), seen -> seen.totals().timedOut());
    counter(meters, "ended", tags.and("outcome", "abandoned"), seen -> seen.totals().abandoned());
    counter(meters, "ended", tags.and("outcome", "detached"), seen -> seen.totals().detached());
    counter(meters, "retries", tags, RegistrySnapshot::retries);
    counter(meters, "late", tags, RegistrySnapshot::late);
    counter(meters, "leaked", tags, RegistrySnapshot::leaked);
    counter(meters, "closed.again", tags, RegistrySnapshot::closedAgain);
    counter(meters, "refused", tags, RegistrySnapshot::refused);
    counter(meters, "acquired.late", tags, RegistrySnapshot::lateAcquired);
    counter(meters, "dead.letters.dropped", tags, RegistrySnapshot::deadLettersDropped);
  }

  private Tags tags() {
    return Tags.of("registry", registry.name());
  }

  private void gauge(
      MeterRegistry meters,
      String name,
      String description,
      ToDoubleFunction<RegistrySnapshot> figure) {
    Gauge.builder(PREFIX + name, registry, seen -> figure.applyAsDouble(seen.snapshot()))
        .description(description)
        .tags(tags())
        .register(meters);
  }

  private void counter(
      MeterRegistry meters, String name, Tags tags, ToDoubleFunction<RegistrySnapshot> figure) {
    FunctionCounter.builder(PREFIX + name, registry, seen -> figure.applyAsDouble(seen.snapshot()))
        .tags(tags)
        .register(meters);
  }

  private void percentile(
      MeterRegistry meters, String percentile, Function<RegistrySnapshot, Duration> figure) {
    TimeGauge.builder(
            PREFIX + "cleanup",
            registry,
            TimeUnit.NANOSECONDS,
            seen -> figure.apply(seen.snapshot()).toNanos())
        .description("Time from a clean-up being asked for to its end")
        .tags(tags().and("percentile", percentile))
        .register(meters);
  }
}
