package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The sweep interval is a limit like the others: whoever lives follows it. */
class SweepIntervalTest extends SpaceTestBase {
  private final Limits limits = Limits.DEFAULT.withSweepInterval(Duration.ofDays(1));

  @Override
  SpaceSpec spec() {
    return super.spec().limits(limits);
  }

  @Test
  void changeLimits_shorterInterval_aLivingWatcherSweepsWithoutRestart() {
    try (Space watching = open();
        Space operator = openQuiet()) {
      long before = sweeps(watching);
      operator.changeLimits(limits.withSweepInterval(Duration.ofMillis(10)));
      awaitSweeps(watching, before + 2); // more than the one that was due
      operator.changeLimits(limits);
      assertThat(watching.usage().limits().sweepInterval()).isEqualTo(Duration.ofDays(1));
    }
  }

  private static long sweeps(Space space) {
    return space.member().catalog.get(CatalogLayout.SWEEPS);
  }

  private static void awaitSweeps(Space space, long count) {
    long begin = System.nanoTime();
    while (sweeps(space) < count) {
      assertThat(System.nanoTime() - begin).isLessThan(60_000_000_000L); // watchdog
      LockSupport.parkNanos(1_000_000);
    }
  }
}
