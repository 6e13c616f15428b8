package dev.holdfast.resource.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Buckets and what is read off them. */
class WaitHistogramTest {

  @Test
  void buckets_anyTime_coverItByAtMostAQuarter() {
    for (int exponent = 0; exponent < 62; exponent++) {
      for (long nanos :
          new long[] {
            (1L << exponent) - 1, 1L << exponent, (1L << exponent) + (1L << exponent) / 4
          }) {
        int bucket = WaitHistogram.bucketOf(nanos);
        long most = WaitHistogram.mostNanosOf(bucket);

        assertThat(most).isBetween(nanos, nanos + nanos / 4);
        assertThat(WaitHistogram.bucketOf(most)).isEqualTo(bucket);
        assertThat(WaitHistogram.bucketOf(most + 1)).isEqualTo(bucket + 1);
      }
    }
    assertThat(WaitHistogram.bucketOf(Long.MAX_VALUE)).isLessThan(WaitHistogram.BUCKETS);
    assertThat(WaitHistogram.bucketOf(-1)).as("a clock of another core").isZero();
  }

  @Test
  void quantile_someWaits_isTheShareThatDidNotWaitLonger() {
    WaitHistogram.Recorder recorder = new WaitHistogram.Recorder();
    for (int millis = 1; millis <= 98; millis++) {
      recorder.record(millis * 1_000_000L);
    }
    recorder.recordNone();
    recorder.record(Duration.ofSeconds(5).toNanos());
    WaitHistogram waits = recorder.snapshot();

    assertThat(waits.count()).isEqualTo(100);
    assertThat(waits.quantile(0)).isZero();
    assertThat(waits.quantile(0.5)).isBetween(Duration.ofMillis(49), Duration.ofMillis(62));
    assertThat(waits.quantile(0.99)).isBetween(Duration.ofMillis(98), Duration.ofMillis(123));
    assertThat(waits.quantile(1)).isEqualTo(Duration.ofSeconds(5));
    assertThat(waits.max()).isEqualTo(Duration.ofSeconds(5));
    assertThatThrownBy(() -> waits.quantile(1.1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void quantile_noWaits_isZero() {
    assertThat(new WaitHistogram.Recorder().snapshot().quantile(0.99)).isZero();
  }
}
