package dev.holdfast.resource.cache;

import static dev.holdfast.resource.cache.Workloads.hitPercent;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What each policy hits on generated requests, always the same ones. The first 200 requests for
 * each entry of the cache are the adaptive policy's warm-up, and not counted for any.
 */
class PolicyTraceTest {
  private static final int WARM_UP = 200;

  /** A cache of a size, and what it is asked for. */
  static final class Workload {
    private final String name;
    private final int capacity;
    private final int[] trace;

    Workload(String name, int capacity, int[] trace) {
      this.name = name;
      this.capacity = capacity;
      this.trace = trace;
    }

    double percent(EvictionPolicy.Factory policy) {
      return hitPercent(policy, capacity, trace, Math.min(WARM_UP * capacity, trace.length / 2));
    }

    @Override
    public String toString() {
      return name + " at " + capacity;
    }
  }

  static Stream<Workload> workloads() {
    int[] zipf = Workloads.zipf(10_000, 0.9, 400_000, 3);
    return Stream.of(
        new Workload("zipf", 500, zipf),
        new Workload("loop", 250, Workloads.loop(1011, 300_000)),
        new Workload("zigzag", 500, Workloads.zigzag(5000, 400_000)),
        new Workload("scans", 800, Workloads.scans(zipf, 8_000)),
        new Workload("shifting", 700, Workloads.shifting(zipf, 10_000)));
  }

  @ParameterizedTest
  @MethodSource("workloads")
  void adaptive_generatedWorkload_isWithinAPointOfTheBestFixed(Workload workload) {
    double best =
        Stream.of(
                EvictionPolicies.lru(),
                EvictionPolicies.lfu(),
                EvictionPolicies.s3Fifo(),
                EvictionPolicies.tinyLfu())
            .mapToDouble(workload::percent)
            .max()
            .orElseThrow();

    assertThat(workload.percent(EvictionPolicies.adaptive())).isGreaterThan(best - 1);
  }

  @Test
  void policies_theirOwnWorkload_eachShowsWhatItIsGoodAt() {
    List<Workload> all = workloads().toList();
    Workload loop = all.get(1);
    Workload shifting = all.get(4);
    Workload scans = all.get(3);

    assertThat(loop.percent(EvictionPolicies.s3Fifo())).isZero();
    assertThat(loop.percent(EvictionPolicies.lru())).isZero();
    assertThat(loop.percent(EvictionPolicies.tinyLfu())).isGreaterThan(18);
    assertThat(shifting.percent(EvictionPolicies.lru()))
        .isGreaterThan(shifting.percent(EvictionPolicies.tinyLfu()));
    assertThat(scans.percent(EvictionPolicies.s3Fifo()))
        .isGreaterThan(scans.percent(EvictionPolicies.lru()) + 2);
    assertThat(scans.percent(EvictionPolicies.lru()))
        .isGreaterThan(scans.percent(EvictionPolicies.fifo()));
  }

  @Test
  void adaptive_workloadAllowsIt_hitsMoreThanNineInTen() {
    int[] trace = Workloads.zipf(100_000, 1.2, 400_000, 5);

    assertThat(hitPercent(EvictionPolicies.adaptive(), 10_000, trace, 200_000)).isGreaterThan(90);
  }
}
