package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Platform;
import dev.holdfast.region.ParticipantInfo;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real processes in two languages do random things to the same regions and are killed with SIGKILL
 * at random moments. After each death nothing of the dead is left; every few deaths all of them are
 * killed at once and the space must be sound and empty.
 */
class StormTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");
  private static final int ROUNDS = LONG ? 1000 : 60;
  private static final int ROUNDS_PER_EPISODE = 20;
  private static final Duration PAUSE_MAX = Duration.ofMillis(40);

  private final Storm storm = Storm.of(StormChild.class, "storm_child.py");

  @TempDir Path root;

  @Test
  @Timeout(value = 45, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void kill_atRandomMomentsInTwoLanguages_leavesNothing() throws Exception {
    String name = "storm-" + ProcessHandle.current().pid();
    String ours;
    try (Space space = Space.open(SpaceSpec.named(name).under(root))) {
      ours = objectsOf(space);
      for (int round = 0; round < ROUNDS; round += ROUNDS_PER_EPISODE) {
        episode(space, name);
        System.out.println("storm: " + (round + ROUNDS_PER_EPISODE) + " of " + ROUNDS);
      }
    }
    assertThat(Platform.current().listShared(ours)).isEmpty();
  }

  /** What the names of all objects of the space start with. */
  private static String objectsOf(Space space) {
    try (Region probe = space.create(RegionSpec.named("probe").bytes(1))) {
      space.remove("probe");
      return probe.info().osName().replaceFirst("-r[0-9a-f]+$", "-");
    }
  }

  private void episode(Space space, String name) {
    storm.rage(
        root,
        name,
        ROUNDS_PER_EPISODE,
        PAUSE_MAX,
        () -> {
          space.sweep();
          assertNobodyDead(space);
        });
    assertSoundAndEmpty(space);
  }

  private void assertNobodyDead(Space space) {
    assertThat(space.participants()).as(storm.seed()).allMatch(ParticipantInfo::alive);
  }

  private void assertSoundAndEmpty(Space space) {
    space.sweep();
    assertThat(space.participants()).as(storm.seed()).hasSize(1);
    assertThat(space.verify(true).findings()).as(storm.seed()).isEmpty();
    for (RegionInfo region : space.regions()) {
      assertThat(region.holders()).as("%s, %s", storm.seed(), region).isEmpty();
      assertThat(region.state()).isEqualTo(RegionInfo.State.LIVE);
      space.remove(region.id().toString());
    }
    assertThat(space.regions()).isEmpty();
    assertThat(space.findLeftovers()).as(storm.seed()).isEmpty();
    assertThat(space.usage().regions()).isZero();
    assertThat(space.usage().bytes()).isZero();
  }
}
