package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Specifications, policies, and the histogram. */
class RegistryValuesTest {
  @Test
  void spec_senselessValues_areRefused() {
    RegistrySpec spec = RegistrySpec.named("r");

    assertThatThrownBy(() -> spec.concurrency(0)).hasMessageContaining("concurrency=0");
    assertThatThrownBy(() -> spec.deadLettersMax(-1)).hasMessageContaining("deadLettersMax=-1");
    assertThatThrownBy(() -> spec.patience(Duration.ZERO)).hasMessageContaining("patience=PT0S");
    assertThatThrownBy(() -> spec.aging(Duration.ofMillis(-1))).hasMessageContaining("aging");
    assertThatThrownBy(() -> spec.closeTimeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void spec_changes_keepTheRest() {
    CleanupPolicy policy = CleanupPolicy.standard().attemptsMax(7);
    RegistrySpec spec =
        RegistrySpec.named("r")
            .policy(policy)
            .concurrency(3)
            .patience(Duration.ofMillis(1))
            .aging(Duration.ofMillis(2))
            .leakDetection(LeakDetection.OFF)
            .deadLettersMax(5)
            .closeTimeout(Duration.ofMillis(6))
            .threads(Thread.ofPlatform().factory());

    assertThat(spec.policy()).isEqualTo(policy);
    assertThat(spec.concurrency()).isEqualTo(3);
    assertThat(spec.patience()).isEqualTo(Duration.ofMillis(1));
    assertThat(spec.aging()).isEqualTo(Duration.ofMillis(2));
    assertThat(spec.leakDetection()).isEqualTo(LeakDetection.OFF);
    assertThat(spec.deadLettersMax()).isEqualTo(5);
    assertThat(spec.closeTimeout()).isEqualTo(Duration.ofMillis(6));
    assertThat(spec.name()).isEqualTo("r");
  }

  @Test
  void policy_senselessValues_areRefused() {
    CleanupPolicy policy = CleanupPolicy.standard();

    assertThatThrownBy(() -> policy.attemptsMax(0)).hasMessageContaining("attemptsMax=0");
    assertThatThrownBy(() -> policy.timeout(Duration.ZERO)).hasMessageContaining("timeout=PT0S");
    assertThatThrownBy(() -> policy.timeout(Duration.ofSeconds(Long.MAX_VALUE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("longer than can be counted");
    assertThatThrownBy(() -> policy.backoff(Duration.ofMillis(2), Duration.ofMillis(1)))
        .hasMessageContaining("backoffMax=PT0.001S");
  }

  @Test
  void backoff_failures_doublesUpToTheLongestLessUpToHalf() {
    CleanupPolicy policy =
        CleanupPolicy.standard().backoff(Duration.ofNanos(100), Duration.ofNanos(1_000));

    for (int i = 0; i < 100; i++) {
      assertThat(policy.backoffNanos(1)).isBetween(50L, 100L);
      assertThat(policy.backoffNanos(3)).isBetween(200L, 400L);
      assertThat(policy.backoffNanos(5)).isBetween(500L, 1_000L);
      assertThat(policy.backoffNanos(10_000)).isBetween(500L, 1_000L);
    }
  }

  @Test
  void successRate_nothingTried_isOne() {
    assertThat(new CleanupReport(1, 0, 0, 0, 0, 1).successRate()).isEqualTo(1);
  }

  @Test
  void percentile_manyDurations_isAtMostAQuarterTooLong() {
    Latencies latencies = new Latencies();
    assertThat(latencies.percentile(0.5)).isZero();
    for (long nanos = 1; nanos <= 100_000; nanos++) {
      latencies.record(nanos);
    }

    for (double share : new double[] {0.0001, 0.01, 0.5, 0.9, 0.99, 1}) {
      assertThat(latencies.percentile(share).toNanos())
          .isBetween((long) (share * 100_000), (long) (share * 100_000 * 1.25) + 1);
    }
    assertThat(latencies.longest()).isEqualTo(Duration.ofNanos(100_000));
  }

  @Test
  void percentile_extremes_areCounted() {
    Latencies latencies = new Latencies();
    latencies.record(-5);
    latencies.record(0);
    latencies.record(Long.MAX_VALUE);

    assertThat(latencies.percentile(0.5)).isLessThanOrEqualTo(Duration.ofNanos(2));
    assertThat(latencies.percentile(1)).isEqualTo(Duration.ofNanos(Long.MAX_VALUE));
  }
}
