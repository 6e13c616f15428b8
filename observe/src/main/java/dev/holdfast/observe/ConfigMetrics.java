package dev.holdfast.observe;

import dev.holdfast.resource.config.ConfigHealth;
import dev.holdfast.resource.config.ConfigStatistics;
import dev.holdfast.resource.config.ReloadableConfig;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * What a configuration counts, for Micrometer; each meter has the tag {@code config} with its name.
 * Alarm on {@code holdfast.config.healthy}: 0 while the sources say something that was refused.
 *
 * <pre>{@code
 * new ConfigMetrics(config).bindTo(registry);
 * }</pre>
 */
public final class ConfigMetrics implements MeterBinder {
  private final ReloadableConfig<?> config;

  /** Meters of that configuration; they keep it alive. */
  public ConfigMetrics(ReloadableConfig<?> config) {
    this.config = config;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Tags tags = Tags.of("config", config.name());
    outcome(registry, tags, "applied", ConfigStatistics::applied);
    outcome(registry, tags, "unchanged", ConfigStatistics::unchanged);
    outcome(registry, tags, "rejected", ConfigStatistics::rejected);
    counter(
        registry, tags, "vetoes", "attempts that a subscriber refused", ConfigStatistics::vetoed);
    counter(registry, tags, "rollbacks", "returns to an older one", ConfigStatistics::rollbacks);
    counter(
        registry,
        tags,
        "subscriber.failures",
        "exceptions of subscribers that could not veto any more",
        ConfigStatistics::subscriberFailures);
    FunctionTimer.builder(
            "holdfast.config.attempts",
            config,
            each -> each.statistics().attempts(),
            each -> each.statistics().attemptTime().toNanos(),
            TimeUnit.NANOSECONDS)
        .description("attempts to bring the sources into force")
        .tags(tags)
        .register(registry);
    gauges(registry, tags);
  }

  private void gauges(MeterRegistry registry, Tags tags) {
    Gauge.builder("holdfast.config.healthy", config, ConfigMetrics::healthy)
        .description("1 when what is in force is what the sources say, else 0")
        .tags(tags)
        .strongReference(true)
        .register(registry);
    Gauge.builder("holdfast.config.version", config, each -> each.snapshot().version())
        .description("version of the configuration in force")
        .tags(tags)
        .strongReference(true)
        .register(registry);
    Gauge.builder("holdfast.config.subscribers", config, each -> each.statistics().subscribers())
        .description("subscribers and listeners")
        .tags(tags)
        .strongReference(true)
        .register(registry);
    Gauge.builder("holdfast.config.rollout.percent", config, ConfigMetrics::percent)
        .description("share of keys that have the newest configuration")
        .baseUnit("percent")
        .tags(tags)
        .strongReference(true)
        .register(registry);
    TimeGauge.builder("holdfast.config.age", config, TimeUnit.SECONDS, ConfigMetrics::ageSeconds)
        .description("how long the configuration is in force")
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  private void outcome(
      MeterRegistry registry, Tags tags, String outcome, ToDoubleFunction<ConfigStatistics> count) {
    counter(
        registry, tags.and("outcome", outcome), "reloads", "attempts by what came of them", count);
  }

  private void counter(
      MeterRegistry registry,
      Tags tags,
      String name,
      String description,
      ToDoubleFunction<ConfigStatistics> count) {
    FunctionCounter.builder(
            "holdfast.config." + name, config, each -> count.applyAsDouble(each.statistics()))
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private static double healthy(ReloadableConfig<?> config) {
    return config.health().status() == ConfigHealth.Status.UP ? 1 : 0;
  }

  private static double percent(ReloadableConfig<?> config) {
    return config.rollout().map(progress -> progress.percent()).orElse(100.0);
  }

  private static double ageSeconds(ReloadableConfig<?> config) {
    return Duration.between(config.snapshot().since(), Instant.now()).toMillis() / 1e3;
  }
}
