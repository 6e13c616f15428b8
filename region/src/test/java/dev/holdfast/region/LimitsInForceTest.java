package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Every limit refuses before anything is allocated, and can be raised while the space lives. */
class LimitsInForceTest extends SpaceTestBase {
  private final Limits limits = new Limits(1000, 600, 800, 3, 64, Duration.ofMinutes(1));

  @Override
  SpaceSpec spec() {
    return super.spec().limits(limits);
  }

  @Test
  void create_overAnyLimit_isRefusedBeforeAnythingIsAllocated() {
    try (Space space = openQuiet();
        Space other = openQuiet()) {
      assertRefused(space, 601, "limit=bytes a region, allowed=600, asked=601");
      space.create(manual("a", 600)).close();
      assertRefused(space, 201, "limit=bytes of this participant, allowed=800");
      assertRefused(other, 401, "limit=bytes of the space, allowed=1000, in use=600, asked=401");
      other.create(manual("b", 400)).close();
      assertThat(space.usage().bytes()).isEqualTo(1000);
      space.changeLimits(limits.withSpaceBytes(5000));
      other.create(manual("c", 1)).close();
      assertRefused(other, 1, "limit=regions, allowed=3");
      assertThat(objects()).as("control segment and three regions").hasSize(4);
    }
    removeAll();
  }

  @Test
  void changeLimits_raised_isInForceForEverybodyAtOnce() {
    try (Space space = openQuiet();
        Space other = openQuiet()) {
      assertRefused(other, 601, "bytes a region");
      space.changeLimits(limits.withRegionBytes(700));
      other.create(RegionSpec.named("r").bytes(601)).close();
      assertThat(other.usage().limits().regionBytes()).isEqualTo(700);
      assertThat(space.events())
          .extracting(SpaceEvent::kind)
          .contains(SpaceEvent.Kind.LIMITS_CHANGED);
    }
  }

  @Test
  void changeLimits_overTheCapacity_isRefused() {
    try (Space space = openQuiet()) {
      assertThatThrownBy(() -> space.changeLimits(limits.withRegions(4)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("regions=4 (created for 3)");
      assertThatThrownBy(() -> space.changeLimits(limits.withParticipants(65)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("participants=65 (created for 64)");
      assertThatThrownBy(() -> space.checkLimits(limits.withRegions(4)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("regions=4 (created for 3)");
      assertThat(space.checkLimits(limits.withRegions(2))).isEqualTo(limits.withRegions(2));
      assertThat(space.usage().limits()).isEqualTo(limits);
    }
  }

  @Test
  void changeLimits_anotherChangesMeanwhile_runsAgainAndLosesNothing() {
    try (Space space = openQuiet();
        Space other = openQuiet()) {
      AtomicInteger runs = new AtomicInteger();
      Limits now =
          space.changeLimits(seen -> {
            if (runs.incrementAndGet() == 1) {
              other.changeLimits(theirs -> theirs.withSpaceBytes(5000));
            }
            return seen.withRegions(2);
          });
      assertThat(runs).hasValue(2);
      assertThat(now).isEqualTo(limits.withSpaceBytes(5000).withRegions(2));
      assertThat(other.usage().limits()).isEqualTo(now);
    }
  }

  @Test
  void changeLimits_twoThreadsChangeDifferentOnes_noneIsLost() throws Exception {
    try (Space space = openQuiet();
        Space other = openQuiet();
        ExecutorService executor = Executors.newFixedThreadPool(2)) {
      for (int round = 1; round <= 100; round++) {
        int value = 1000 + round;
        Future<Limits> first =
            executor.submit(() -> space.changeLimits(seen -> seen.withSpaceBytes(value)));
        Future<Limits> second =
            executor.submit(() -> other.changeLimits(seen -> seen.withRegionBytes(value)));
        first.get(1, TimeUnit.MINUTES);
        second.get(1, TimeUnit.MINUTES);
        assertThat(space.usage().limits())
            .isEqualTo(limits.withSpaceBytes(value).withRegionBytes(value));
      }
    }
  }

  @Test
  void changeLimits_functionThrowsOrAsksForTooMuch_nothingIsChanged() {
    try (Space space = openQuiet()) {
      IllegalStateException failure = new IllegalStateException("injected");
      assertThatThrownBy(() ->
              space.changeLimits(_ -> {
                throw failure;
              }))
          .isSameAs(failure);
      assertThatThrownBy(() -> space.changeLimits(seen -> seen.withRegions(4)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("regions=4 (created for 3)");
      assertThat(space.usage().limits()).isEqualTo(limits);
      assertThat(space.member().catalog.get(CatalogLayout.ACTOR)).isZero();
      assertThat(space.events())
          .extracting(SpaceEvent::kind)
          .doesNotContain(SpaceEvent.Kind.LIMITS_CHANGED);
    }
  }

  @Test
  void create_deadHolderHasTheRoom_isRecoveredAndThereIsRoom() {
    try (Space space = openQuiet()) {
      Space dead = openQuiet();
      dead.create(RegionSpec.named("a").bytes(600));
      dead.member().live.close();
      space.create(RegionSpec.named("a").bytes(600)).close();
      assertThat(space.usage().participants()).isEqualTo(1);
    }
  }

  private static void assertRefused(Space space, long bytes, String why) {
    assertThatThrownBy(() -> space.create(RegionSpec.named("refused").bytes(bytes)))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining(why);
    assertThat(space.find("refused")).isEmpty();
    assertThat(space.member().catalog.get(CatalogLayout.ACTOR)).isZero();
  }
}
