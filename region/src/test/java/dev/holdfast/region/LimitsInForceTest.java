package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
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
