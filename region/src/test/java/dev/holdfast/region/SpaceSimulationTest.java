package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Platform;
import dev.holdfast.testkit.FakeKernel;
import dev.holdfast.testkit.FakeProcess;
import dev.holdfast.testkit.Simulation;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Every store and every system call of every protocol, as the place where its process dies; every
 * phase of a partner meanwhile; and the recoverer killed at each of its own steps. The code under
 * test is that of production, over a kernel in memory.
 *
 * <p>After each run a process that nobody disturbs joins, sweeps once, and finds: no dead
 * participant, no hold but those of the living, nothing half done, sums that fit, no object without
 * a region. Then everything is removed, everyone leaves, and nothing at all is left.
 */
class SpaceSimulationTest {
  private static final String ROOT = "/tmp/root";

  /** Three processes; A and B are in the space, and B has a region open that A made. */
  private static class World {
    final FakeKernel kernel = new FakeKernel();
    final FakeProcess a = kernel.start("a", 0, 0);
    final FakeProcess b = kernel.start("b", 0, 0);
    final List<Space> spaces = new ArrayList<>();

    Space open(FakeProcess process) {
      Platform platform = process.platform();
      Environment environment =
          new Environment(platform, _ -> platform.monotonicNanos(), path -> path, false);
      Space space =
          Space.open(
              SpaceSpec.named("s")
                  .under(Path.of(ROOT))
                  .leaks(LeakDetection.OFF)
                  .limits(Limits.DEFAULT.withRegions(4).withParticipants(64)),
              environment);
      spaces.add(space);
      return space;
    }
  }

  /** A is the only member. */
  private static class Alone extends World {
    final Space inA = open(a);
  }

  /** A is the only member, and holds a region. */
  private static class AloneHolding extends Alone {
    AloneHolding() {
      inA.create(RegionSpec.named("r").bytes(64));
    }
  }

  /** A and B are members. */
  private static class Members extends World {
    final Space inA = open(a);
    final Space inB = open(b);
  }

  /** A made a region that goes with its last holder, and holds it. */
  private static class Held extends Members {
    final Region ofA = inA.create(RegionSpec.named("r").bytes(64));
  }

  /** Time runs so fast that who waits for a paused process soon gives up, as for a stopped one. */
  private static class ImpatientHeld extends Held {
    ImpatientHeld() {
      kernel.tick(Duration.ofSeconds(1));
    }
  }

  /** Nobody holds the region, which stays until it is removed. */
  private static class Kept extends Members {
    Kept() {
      RegionSpec spec = RegionSpec.named("r").bytes(64).policy(RegionPolicy.manual());
      inA.create(spec.zeroOnReclaim()).close();
    }
  }

  /** Both hold the region. */
  private static class Shared extends Held {
    final Region ofB = inB.region("r");
  }

  // ---- what must hold afterwards ---------------------------------------------------------------

  private static void check(World world) {
    FakeProcess judge = world.kernel.start("judge", 0, 0);
    Space space = world.open(judge);
    space.sweep();
    assertThat(space.participants()).allMatch(ParticipantInfo::alive);
    assertThat(space.verify(true).findings()).isEmpty();
    List<Integer> members = space.participants().stream().map(ParticipantInfo::slot).toList();
    for (RegionInfo region : space.regions()) {
      assertThat(region.state())
          .isIn(RegionInfo.State.LIVE, RegionInfo.State.RETIRED, RegionInfo.State.FORCED);
      assertThat(region.holders()).allMatch(holder -> members.contains(holder.participant()));
      boolean mayStay =
          !region.holders().isEmpty() || region.policy() instanceof RegionPolicy.Manual;
      assertThat(mayStay).as("%s", region).isTrue();
    }
    assertThat(space.findLeftovers()).isEmpty();
    everyoneLeaves(world, space);
  }

  private static void everyoneLeaves(World world, Space judge) {
    for (Space space : world.spaces) {
      if (space != judge) {
        closeIfAlive(space);
      }
    }
    judge.sweep();
    for (RegionInfo region : judge.regions()) {
      judge.remove(region.id().toString());
    }
    assertThat(judge.regions()).isEmpty();
    assertThat(judge.usage().bytes()).isZero();
    judge.close();
    assertThat(world.kernel.leftovers()).containsExactly("directory " + ROOT);
  }

  private static void closeIfAlive(Space space) {
    try {
      space.close();
    } catch (dev.holdfast.testkit.Killed dead) {
      // it was killed: the judge has recovered it
    }
  }

  /** A does it, and is disturbed at every step of it; the judge looks afterwards. */
  private static <W extends World> Simulation<W> byA(
      Callable<W> worlds, Simulation.Operation<W> operation) {
    return Simulation.of(worlds).victim(w -> w.a, operation).check(SpaceSimulationTest::check);
  }

  /** Refusals that are right while somebody else is at it. */
  private static void tolerating(Runnable operation) {
    try {
      operation.run();
    } catch (RegionNotFoundException | NameTakenException e) {
      // the other one was faster
    }
  }

  /** As {@link #tolerating}; and the other one may be stopped for longer than anybody waits. */
  private static void toleratingBusy(Runnable operation) {
    try {
      tolerating(operation);
    } catch (BusyException e) {
      assertThat(e).hasMessageContaining("waited");
    }
  }

  // ---- a death at every step, alone ------------------------------------------------------------

  @Test
  void create_killedAtEveryStep_leavesNothing() {
    byA(Members::new, w -> w.inA.create(RegionSpec.named("r").bytes(64))).killEverywhere();
  }

  /** The two stores of the filling are steps, too. */
  private static void createFilled(World world, Space space) {
    RegionSpec spec = RegionSpec.named("r").bytes(64).policy(RegionPolicy.manual());
    Region made =
        space.create(
            spec.zeroOnReclaim(),
            to -> {
              world.a.platform().words(to).set(0, 7);
              world.a.platform().words(to).set(56, 7);
            });
    made.close();
  }

  private static void requireWhole(Space space) {
    tolerating(() -> {
      try (Region region = space.region("r")) {
        assertThat(region.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(7);
        assertThat(region.segment().get(ValueLayout.JAVA_LONG, 56)).isEqualTo(7);
      }
    });
  }

  @Test
  void createFilled_killedAtEveryStepAndItsRecovererToo_regionIsWholeOrGone() {
    byA(Members::new, w -> createFilled(w, w.inA))
        .survivor(w -> w.b, w -> w.inB.sweep())
        .check(w -> {
          requireWhole(w.open(w.kernel.start("reader", 0, 0)));
          check(w);
        })
        .killBothEverywhere();
  }

  @Test
  void createFilled_whileAnotherOpens_isFoundWholeOrNotAtAll() {
    Simulation<Members> pair =
        byA(Members::new, w -> createFilled(w, w.inA)).survivor(w -> w.b, w -> requireWhole(w.inB));
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  @Test
  void createFile_killedAtEveryStep_leavesAtMostAnEmptyFile() {
    byA(Members::new, w -> w.inA.create(RegionSpec.named("r").file(Path.of("/tmp/f")).bytes(64)))
        .check(w -> {
          FakeProcess judge = w.kernel.start("janitor", 0, 0);
          w.open(judge).sweep();
          var left = judge.platform().statusOf("/tmp/f");
          assertThat(left == null || left.bytes() == 0 || w.a.alive()).isTrue();
          if (left != null && !w.a.alive()) {
            judge.platform().unlinkFile("/tmp/f");
          }
          check(w);
        })
        .killEverywhere();
  }

  @Test
  void open_killedAtEveryStep_leavesNoHold() {
    Simulation.of(Held::new)
        .victim(w -> w.b, w -> w.inB.region("r"))
        .check(SpaceSimulationTest::check)
        .killEverywhere();
  }

  @Test
  void join_killedAtEveryStep_leavesASoundSpace() {
    byA(World::new, w -> w.open(w.a)).killEverywhere();
  }

  @Test
  void leave_killedAtEveryStep_leavesASoundSpace() {
    byA(Held::new, w -> w.inA.close()).killEverywhere();
  }

  @Test
  void leaveAsLast_killedAtEveryStep_leavesASpaceThatCanBeUsed() {
    byA(Alone::new, w -> w.inA.close()).killEverywhere();
  }

  @Test
  void remove_killedAtEveryStep_regionGoesOrStays() {
    byA(Kept::new, w -> w.inA.remove("r")).killEverywhere();
  }

  @Test
  void removeForcibly_killedAtEveryStep_holdersKeepWhatTheyHave() {
    byA(Shared::new, w -> w.inA.removeForcibly("r")).killEverywhere();
  }

  // ---- the recoverer dies, too -----------------------------------------------------------------

  @Test
  void create_killedAndItsRecovererKilledAtEveryStep_leavesNothing() {
    byA(Members::new, w -> w.inA.create(RegionSpec.named("r").bytes(64)))
        .survivor(w -> w.b, w -> w.inB.sweep())
        .killBothEverywhere();
  }

  @Test
  void lastRelease_killedAndItsRecovererKilledAtEveryStep_leavesNothing() {
    byA(Held::new, w -> w.ofA.close()).survivor(w -> w.b, w -> w.inB.sweep()).killBothEverywhere();
  }

  @Test
  void remove_killedAndItsRecovererKilledAtEveryStep_leavesNothing() {
    byA(Kept::new, w -> w.inA.remove("r"))
        .survivor(w -> w.b, w -> w.inB.sweep())
        .killBothEverywhere();
  }

  @Test
  void leave_killedAndTheNextJoinerKilledAtEveryStep_leavesASoundSpace() {
    byA(AloneHolding::new, w -> w.inA.close())
        .survivor(w -> w.b, w -> w.open(w.b))
        .killBothEverywhere();
  }

  // ---- a partner in every phase ----------------------------------------------------------------

  @Test
  void lastRelease_whileAnotherOpens_eitherHoldsOrIsToldThatItIsGone() {
    Simulation<Held> pair =
        byA(Held::new, w -> w.ofA.close())
            .survivor(w -> w.b, w -> tolerating(() -> requireUsable(w.inB.region("r"))));
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  @Test
  void open_whileAnotherRemoves_eitherHoldsOrIsToldThatItIsGone() {
    Simulation<Kept> pair =
        byA(Kept::new, w -> tolerating(() -> requireUsable(w.inA.region("r"))))
            .survivor(w -> w.b, w -> w.inB.remove("r"));
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  @Test
  void create_whileAnotherCreatesTheSameName_oneOfThemIsTold() {
    Simulation<Members> pair =
        byA(Members::new, w -> tolerating(() -> w.inA.create(RegionSpec.named("r").bytes(64))))
            .survivor(
                w -> w.b, w -> tolerating(() -> w.inB.create(RegionSpec.named("r").bytes(64))));
    pair.interleaveEverywhere();
  }

  @Test
  void release_whileAnotherReleases_regionGoesOnce() {
    Simulation<Shared> pair =
        byA(Shared::new, w -> w.ofA.close()).survivor(w -> w.b, w -> w.ofB.close());
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  @Test
  void join_whileTheLastLeaves_bothEndUpRight() {
    Simulation<Alone> pair =
        byA(Alone::new, w -> w.inA.close()).survivor(w -> w.b, w -> w.open(w.b).participants());
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  @Test
  void changeLimits_whileAnotherChangesOthers_noneIsLost() {
    Simulation<Members> pair =
        byA(Members::new, w -> w.inA.changeLimits(seen -> seen.withRegions(3).withRegionBytes(64)))
            .survivor(w -> w.b, w -> w.inB.changeLimits(seen -> seen.withSpaceBytes(128)))
            .check(w -> {
              requireChanged(w, w.a.alive());
              check(w);
            });
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  /** What B changed is in force; of A's, if it died, each is either the old or the new one. */
  private static void requireChanged(Members world, boolean whole) {
    Limits limits = world.inB.usage().limits();
    Limits others = Limits.DEFAULT.withRegions(4).withParticipants(64).withSpaceBytes(128);
    Limits changed = others.withRegions(3).withRegionBytes(64);
    if (whole) {
      assertThat(limits).isEqualTo(changed);
    } else {
      assertThat(limits).isIn(others, others.withRegions(3), others.withRegionBytes(64), changed);
    }
  }

  // ---- the long form: reads are phases as well -------------------------------------------------

  @Test
  @EnabledIfSystemProperty(named = "holdfast.long", matches = "true")
  void lastRelease_whileAnotherOpens_atEveryRead() {
    Simulation<ImpatientHeld> pair =
        byA(ImpatientHeld::new, w -> w.ofA.close())
            .survivor(w -> w.b, w -> toleratingBusy(() -> requireUsable(w.inB.region("r"))))
            .withLoads();
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  @Test
  @EnabledIfSystemProperty(named = "holdfast.long", matches = "true")
  void everyPair_everyPhase_leavesASoundSpace() {
    List<Simulation.Operation<Shared>> ofA =
        List.of(
            w -> tolerating(() -> w.ofA.close()),
            w -> tolerating(() -> w.inA.remove("r")),
            w -> tolerating(() -> w.inA.removeForcibly("r")),
            w -> tolerating(() -> w.inA.create(RegionSpec.named("x").bytes(64))),
            w -> w.inA.sweep(),
            w -> w.inA.close());
    List<Simulation.Operation<Shared>> ofB =
        List.of(
            w -> tolerating(() -> w.ofB.close()),
            w -> tolerating(() -> w.inB.remove("r")),
            w -> tolerating(() -> requireUsable(w.inB.region("r"))),
            w -> tolerating(() -> w.inB.create(RegionSpec.named("x").bytes(64))),
            w -> w.inB.sweep(),
            w -> w.inB.close());
    for (Simulation.Operation<Shared> a : ofA) {
      for (Simulation.Operation<Shared> b : ofB) {
        Simulation<Shared> pair = byA(Shared::new, a).survivor(w -> w.b, b);
        pair.interleaveEverywhere();
        pair.interleaveAndKillEverywhere();
        pair.killBothEverywhere();
      }
    }
  }

  private static void requireUsable(Region region) {
    assertThat(region.segment().get(ValueLayout.JAVA_BYTE, 63)).isZero();
  }
}
