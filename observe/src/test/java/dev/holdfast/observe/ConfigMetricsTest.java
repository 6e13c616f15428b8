package dev.holdfast.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.resource.config.ConfigFormat;
import dev.holdfast.resource.config.ConfigSource;
import dev.holdfast.resource.config.ReloadableConfig;
import dev.holdfast.resource.config.Rollout;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ConfigMetricsTest {

  /** What is configured. */
  public record Value(int number) {}

  private final AtomicReference<String> text = new AtomicReference<>("number: 1");
  private final MeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void meters_followWhatTheConfigurationDoes() {
    try (ReloadableConfig<Value> config = builder().open()) {
      new ConfigMetrics(config).bindTo(registry);
      config.onChange(_ -> {});
      assertThat(gauge("healthy")).isEqualTo(1);
      reload(config, "number: 2");
      reload(config, "number: 2 # the same");
      reload(config, "number: many");
      assertThat(gauge("healthy")).isZero();
      config.rollback(1);
      assertThat(gauge("healthy")).isEqualTo(1);
      assertThat(gauge("version")).isEqualTo(3);
      assertThat(gauge("subscribers")).isEqualTo(1);
      assertThat(gauge("rollout.percent")).isEqualTo(100);
      assertThat(registry.get("holdfast.config.age").timeGauge().value(TimeUnit.SECONDS))
          .isNotNegative();
      assertThat(reloads("applied")).isEqualTo(2);
      assertThat(reloads("unchanged")).isEqualTo(1);
      assertThat(reloads("rejected")).isEqualTo(1);
      assertThat(counter("rollbacks")).isEqualTo(1);
      assertThat(counter("vetoes")).isZero();
      assertThat(counter("subscriber.failures")).isZero();
      var attempts = registry.get("holdfast.config.attempts").functionTimer();
      assertThat(attempts.count()).isEqualTo(4);
      assertThat(attempts.totalTime(TimeUnit.NANOSECONDS)).isPositive();
    }
  }

  @Test
  void rolloutPercent_amidARollout_isItsShare() {
    try (ReloadableConfig<Value> config = builder().rollout(Rollout.steps(25)).open()) {
      new ConfigMetrics(config).bindTo(registry);
      reload(config, "number: 2");
      assertThat(gauge("rollout.percent")).isEqualTo(25);
      config.promote();
      assertThat(gauge("rollout.percent")).isEqualTo(100);
    }
  }

  private void reload(ReloadableConfig<Value> config, String newText) {
    text.set(newText);
    var _ = config.reload();
  }

  private ReloadableConfig.Builder<Value> builder() {
    return ReloadableConfig.of(Value.class)
        .name("test")
        .withoutWatch()
        .source(ConfigSource.text("t", ConfigFormat.YAML, text::get));
  }

  private double gauge(String name) {
    return registry.get("holdfast.config." + name).tag("config", "test").gauge().value();
  }

  private double counter(String name) {
    return registry.get("holdfast.config." + name).functionCounter().count();
  }

  private double reloads(String outcome) {
    return registry
        .get("holdfast.config.reloads")
        .tag("outcome", outcome)
        .functionCounter()
        .count();
  }
}
