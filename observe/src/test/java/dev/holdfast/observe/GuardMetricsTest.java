package dev.holdfast.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.resource.guard.CleanupPolicy;
import dev.holdfast.resource.guard.RegistrySpec;
import dev.holdfast.resource.guard.ResourceGuard;
import dev.holdfast.resource.guard.ResourceRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GuardMetricsTest {
  private static final long LIMIT_SECONDS = 120;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @Test
  void meters_everyKindOfEnd_showTheFigures() {
    try (ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("observed"))) {
      new GuardMetrics(registry).bindTo(meters);
      ResourceGuard<Integer> live = registry.guard("live", 1, number -> {});
      end(registry.guard("cleaned", 2, number -> {}));
      end(
          registry.guard(
              "failed",
              3,
              number -> {
                throw new IOException("injected");
              },
              CleanupPolicy.standard().attemptsMax(1)));
      registry.guard("detached", 4, number -> {}).detach();

      assertThat(gauge("live")).isEqualTo(1);
      assertThat(gauge("running")).isZero();
      assertThat(gauge("backing.off")).isZero();
      assertThat(gauge("stuck")).isZero();
      assertThat(gauge("dead.letters")).isEqualTo(1);
      assertThat(gauge("healthy")).isZero();
      assertThat(counter("registered")).isEqualTo(4);
      assertThat(ended("cleaned")).isEqualTo(1);
      assertThat(ended("failed")).isEqualTo(1);
      assertThat(ended("timed_out")).isZero();
      assertThat(ended("abandoned")).isZero();
      assertThat(ended("detached")).isEqualTo(1);
      for (String name :
          new String[] {
            "retries",
            "late",
            "leaked",
            "closed.again",
            "refused",
            "acquired.late",
            "dead.letters.dropped"
          }) {
        assertThat(counter(name)).as(name).isZero();
      }
      assertThat(
              meters
                  .get("holdfast.guards.queued")
                  .tags("registry", "observed", "priority", "critical")
                  .gauge()
                  .value())
          .isZero();
      assertThat(
              meters
                  .get("holdfast.guards.cleanup")
                  .tags("percentile", "0.99")
                  .timeGauge()
                  .value(TimeUnit.NANOSECONDS))
          .isPositive();

      registry.takeDeadLetters();
      assertThat(gauge("healthy")).isEqualTo(1);
      live.close();
    }
  }

  private static void end(ResourceGuard<?> guard) {
    guard.closeAsync().orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
  }

  private double gauge(String name) {
    return meters.get("holdfast.guards." + name).tag("registry", "observed").gauge().value();
  }

  private double counter(String name) {
    return meters
        .get("holdfast.guards." + name)
        .tag("registry", "observed")
        .functionCounter()
        .count();
  }

  private double ended(String outcome) {
    return meters.get("holdfast.guards.ended").tag("outcome", outcome).functionCounter().count();
  }
}
