package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LockStatisticsTest extends LocksTestBase {
  @Test
  void bucket_ofAWait_isItsPowerOfTwoInMicroseconds() {
    assertThat(Statistics.bucket(0)).isZero();
    assertThat(Statistics.bucket(2_047)).isZero();
    assertThat(Statistics.bucket(2_048)).isEqualTo(1);
    assertThat(Statistics.bucket(1_048_576)).isEqualTo(10);
    assertThat(Statistics.bucket(Long.MAX_VALUE)).isEqualTo(LockLayout.BUCKETS - 1);
  }

  @Test
  void percentile_ofBuckets_isTheUpperEndOfItsBucket() {
    List<Long> buckets = new ArrayList<>(Collections.nCopies(LockLayout.BUCKETS, 0L));
    buckets.set(3, 99L);
    buckets.set(10, 1L);
    LockStatistics statistics =
        new LockStatistics(
            200, 100, 0, 0, 0, 0, Duration.ZERO, 0, Duration.ZERO, buckets, List.of());

    assertThat(statistics.waitPercentile(0.5)).isEqualTo(Duration.ofNanos(16_000));
    assertThat(statistics.waitPercentile(1)).isEqualTo(Duration.ofNanos(2_048_000));
    assertThat(statistics.holdPercentile(0.99)).isZero();
    assertThat(statistics.contendedShare()).isEqualTo(0.5);
  }

  @Test
  void list_afterUse_hasWhatWasCounted() {
    Locks locks = locks();
    Mutex mutex = locks.mutex("m");
    for (int i = 0; i < 600; i++) {
      mutex.hold().close();
    }
    Hold held = mutex.hold();
    assertThat(get(start(() -> mutex.tryHold().isPresent()))).isFalse();
    assertThat(
            get(
                start(() -> {
                  try {
                    mutex.hold(Duration.ofMillis(5));
                    return false;
                  } catch (LockTimeoutException late) {
                    return true;
                  }
                })))
        .isTrue();
    await(() -> locks.list().getFirst().heldFor().isPresent());
    held.close();

    LockInfo lock = locks.list().getFirst();

    assertThat(lock.kind()).isEqualTo(LockKind.MUTEX);
    assertThat(lock.state()).isEqualTo(LockInfo.State.FREE);
    assertThat(lock.token()).isEqualTo(601);
    assertThat(lock.statistics().timeOuts()).isEqualTo(1);
    assertThat(lock.statistics().holdsSampled()).isEqualTo(2);
    assertThat(lock.statistics().holdTimes().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(2);
  }

  @Test
  void holdsSampled_theSampledOwnerEnds_theNextOnesHoldIsNotTakenForIts() throws Exception {
    Locks locks = locks();
    Mutex mutex = locks.mutex("m");
    for (int i = 0; i < 255; i++) {
      mutex.hold().close();
    }
    Thread.ofPlatform().start(mutex::lock).join(); // the 256th is sampled

    Hold next = mutex.hold();
    next.markConsistent();
    next.close();

    LockInfo lock = locks.list().getFirst();
    assertThat(lock.token()).isEqualTo(257);
    assertThat(lock.statistics().ownersDied()).isEqualTo(1);
    assertThat(lock.statistics().holdsSampled()).isZero();
  }
}
