package dev.holdfast.resource.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a specification refuses, and what it says of itself. */
class PoolSpecTest {
  private static final PoolSpec SPEC = PoolSpec.named("things");
  private static final Duration NEGATIVE = Duration.ofNanos(-1);

  @Test
  void specification_nonsense_isRefusedWithItsValue() {
    List<ThrowingCallable> refused =
        List.of(
            () -> PoolSpec.named(" "),
            () -> SPEC.max(0),
            () -> SPEC.minIdle(-1),
            () -> SPEC.maxWaiters(-1),
            () -> SPEC.parallelCreations(0),
            () -> SPEC.acquireTimeout(Duration.ZERO),
            () -> SPEC.createTimeout(Duration.ZERO),
            () -> SPEC.recycleTimeout(NEGATIVE),
            () -> SPEC.validateAfterIdle(NEGATIVE),
            () -> SPEC.idleTimeout(NEGATIVE),
            () -> SPEC.lifetime(NEGATIVE, 0),
            () -> SPEC.lifetime(Duration.ZERO, 1),
            () -> SPEC.healthCheck(NEGATIVE, 0),
            () -> SPEC.healthCheck(Duration.ZERO, Double.NaN),
            () -> SPEC.backOff(Duration.ZERO, Duration.ZERO),
            () -> SPEC.backOff(Duration.ofSeconds(2), Duration.ofSeconds(1)),
            () -> SPEC.breakerAfter(0),
            () -> SPEC.reportLoansAfter(NEGATIVE),
            () -> SPEC.traceEvery(-1),
            () -> SPEC.closeGrace(NEGATIVE));

    assertThat(refused)
        .allSatisfy(call ->
            assertThatThrownBy(call)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("="));
  }

  @Test
  void specification_changed_leavesTheOriginal() {
    assertThat(SPEC.max(3).max()).isEqualTo(3);
    assertThat(SPEC.max()).isEqualTo(8);
  }

  @Test
  void defaults_everyWait_isFinite() {
    assertThat(SPEC.acquireTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(SPEC.createTimeoutNanos()).isEqualTo(Duration.ofSeconds(10).toNanos());
    assertThat(SPEC.recycleTimeoutNanos()).isEqualTo(Duration.ofSeconds(5).toNanos());
    assertThat(SPEC.closeGrace()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void nanos_longerThanALong_isCutOff() {
    assertThat(PoolSpec.nanos(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Long.MAX_VALUE / 2);
  }

  @Test
  void housekeeping_isAnEighthOfTheShortestTime() {
    assertThat(SPEC.housekeepingNanos()).isEqualTo(Duration.ofSeconds(1).toNanos());
    assertThat(SPEC.reportLoansAfter(Duration.ofMillis(800)).housekeepingNanos())
        .isEqualTo(Duration.ofMillis(100).toNanos());
    assertThat(SPEC.idleTimeout(Duration.ofNanos(1)).housekeepingNanos())
        .isEqualTo(Duration.ofMillis(10).toNanos());
  }
}
