package dev.holdfast.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SimulationTest {
  /** Three processes that map the same page and have the same file open. */
  private static final class World {
    final FakeKernel kernel = new FakeKernel();
    final Member a = new Member(kernel.start("a"));
    final Member b = new Member(kernel.start("b"));
    final Member c = new Member(kernel.start("c"));
  }

  private static final class Member {
    final FakeProcess process;
    final Platform platform;
    final Descriptor file;
    final MemorySegment mapping;
    final Words words;

    Member(FakeProcess process) {
      this.process = process;
      platform = process.platform();
      file = platform.openFile("/tmp/f", Access.READ_WRITE, Creation.OPEN_OR_CREATE, 0600);
      platform.allocate(file, 0, 4096);
      mapping = platform.map(file, 4096, Access.READ_WRITE, Arena.ofAuto());
      words = platform.words(mapping);
    }

    /** A lock with a deadline, as code under test would write it. */
    void locked(Runnable inside) {
      long deadline = platform.monotonicNanos() + Duration.ofSeconds(10).toNanos();
      while (!platform.tryLock(file, 0, 1)) {
        if (platform.monotonicNanos() > deadline) {
          throw new IllegalStateException("lock timed out");
        }
      }
      try {
        inside.run();
      } finally {
        platform.unlock(file, 0, 1);
      }
    }

    /** Load and store: loses an update when somebody gets in between. */
    void increment() {
      words.set(0, words.get(0) + 1);
    }
  }

  private static Simulation<World> simulation() {
    return Simulation.of(World::new);
  }

  @Test
  void killEverywhere_everyPrefixOfTheStoresIsSeen() {
    Set<List<Long>> seen = new HashSet<>();
    long runs =
        simulation()
            .victim(
                world -> world.a.process,
                world -> {
                  world.a.words.set(0, 1);
                  assertThat(world.a.words.compareAndSet(8, 5, 6)).isFalse();
                  assertThat(world.a.words.compareAndSet(8, 0, 1)).isTrue();
                  world.a.words.setBytes(16, new byte[] {1});
                })
            .check(world ->
                seen.add(
                    List.of(
                        world.c.words.get(0),
                        world.c.words.get(8),
                        (long) world.c.words.getBytes(16, 1)[0])))
            .killEverywhere();
    assertThat(runs).isEqualTo(4);
    assertThat(seen)
        .containsExactlyInAnyOrder(
            List.of(0L, 0L, 0L), List.of(1L, 0L, 0L), List.of(1L, 1L, 0L), List.of(1L, 1L, 1L));
  }

  @Test
  void killEverywhere_everyWordOperationIsAStep() {
    long runs =
        simulation()
            .victim(
                world -> world.a.process,
                world -> {
                  Words words = world.a.words;
                  assertThat(words.byteSize()).isEqualTo(4096);
                  words.or(0, 3);
                  words.and(0, 1);
                  words.add(0, 1);
                  words.setPlain(0, words.getPlain(0) + words.get(0));
                })
            .check(world -> assertThat(world.c.words.get(0)).isIn(0L, 3L, 1L, 2L, 4L))
            .killEverywhere();
    assertThat(runs).isEqualTo(5);
  }

  @Test
  void killEverywhere_finallyBlocksOfTheKilledChangeNothing() {
    simulation()
        .victim(
            world -> world.a.process,
            world -> {
              try {
                world.a.words.set(0, 1);
                world.a.words.set(8, 1);
              } finally {
                world.a.words.set(16, 1);
              }
            })
        .check(world -> {
          boolean tidied = world.c.words.get(16) == 1;
          assertThat(tidied).isEqualTo(world.a.process.alive());
        })
        .killEverywhere();
  }

  @Test
  void killEverywhere_checkFails_saysBeforeWhichStep() {
    assertThatThrownBy(() ->
            simulation()
                .victim(
                    world -> world.a.process,
                    world -> {
                      world.a.words.set(0, 1);
                      world.a.words.set(8, 1);
                    })
                .check(world -> assertThat(world.c.words.get(0)).isEqualTo(world.c.words.get(8)))
                .killEverywhere())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("victim stopped before step 2")
        .hasMessageContaining("set at 8");
  }

  @Test
  void killEverywhere_survivorWaitsForTheKilledOnesLock_getsIt() {
    long runs =
        simulation()
            .victim(world -> world.a.process, world -> world.a.locked(world.a::increment))
            .survivor(world -> world.b.process, world -> world.b.locked(world.b::increment))
            .check(world -> assertThat(world.c.words.get(0)).isIn(1L, 2L))
            .killEverywhere();
    assertThat(runs).isEqualTo(4); // lock, store, unlock; and unharmed
  }

  @Test
  void interleaveEverywhere_lostUpdate_isFound() {
    assertThatThrownBy(() ->
            simulation()
                .victim(world -> world.a.process, world -> world.a.increment())
                .survivor(world -> world.b.process, world -> world.b.increment())
                .check(world -> assertThat(world.c.words.get(0)).isEqualTo(2))
                .interleaveEverywhere())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("victim stopped before step 1");
  }

  @Test
  void interleaveEverywhere_underALock_nothingIsLostAndNobodyTimesOut() {
    long runs =
        simulation()
            .withLoads()
            .victim(world -> world.a.process, world -> world.a.locked(world.a::increment))
            .survivor(world -> world.b.process, world -> world.b.locked(world.b::increment))
            .check(world -> assertThat(world.c.words.get(0)).isEqualTo(2))
            .interleaveEverywhere();
    assertThat(runs).isGreaterThan(5);
  }

  @Test
  void interleaveAndKillEverywhere_underALock_survivorsUpdateCounts() {
    simulation()
        .victim(world -> world.a.process, world -> world.a.locked(world.a::increment))
        .survivor(world -> world.b.process, world -> world.b.locked(world.b::increment))
        .check(world -> assertThat(world.c.words.get(0)).isIn(1L, 2L))
        .interleaveAndKillEverywhere();
  }

  @Test
  void killBothEverywhere_eachPairOfStepsIsVisited() {
    Set<List<Long>> seen = new HashSet<>();
    simulation()
        .victim(world -> world.a.process, world -> world.a.words.set(0, 1))
        .survivor(
            world -> world.b.process,
            world -> {
              world.b.words.set(8, 1);
              world.b.words.set(8, 2);
            })
        .check(world -> seen.add(List.of(world.c.words.get(0), world.c.words.get(8))))
        .killBothEverywhere();
    assertThat(seen).contains(List.of(0L, 0L), List.of(0L, 1L), List.of(0L, 2L), List.of(1L, 2L));
  }

  @Test
  void interleaveEverywhere_sleeperAndWaker_takeTurns() {
    simulation()
        .victim(
            world -> world.a.process,
            world -> {
              while (world.a.words.get(0) == 0) {
                world.a.platform.await(world.a.mapping, 0, 0, Long.MAX_VALUE);
              }
              world.a.words.set(8, 1);
            })
        .survivor(
            world -> world.b.process,
            world -> {
              world.b.words.set(0, 1);
              world.b.platform.wake(world.b.mapping, 0, 1);
            })
        .check(world -> assertThat(world.c.words.get(8)).isEqualTo(1))
        .withLoads()
        .interleaveEverywhere();
  }

  /** One that says in a word of its own that it sleeps, and looks up in between. */
  private static void sleepUntilSet(Member member) {
    while (member.words.get(0) == 0) {
      member.words.set(16, 1);
      member.platform.await(member.mapping, 0, 0, member.platform.monotonicNanos() + 1_000);
      member.words.set(16, 0);
    }
  }

  @Test
  void interleaveEverywhere_sleeperThatStoresInBetween_letsTheWakerGoOn() {
    long runs =
        simulation()
            .victim(world -> world.a.process, world -> world.a.words.set(0, 1))
            .survivor(
                world -> world.b.process,
                world -> {
                  sleepUntilSet(world.b);
                  world.b.words.set(8, 1);
                })
            .check(world -> assertThat(world.c.words.get(8)).isEqualTo(1))
            .interleaveEverywhere();
    assertThat(runs).isLessThan(100); // and not one for each of the sleeper's endless steps
  }

  @Test
  void interleaveEverywhere_everyoneSleepsAgainAndAgain_isReported() {
    assertThatThrownBy(() ->
            simulation()
                .victim(world -> world.a.process, world -> sleepUntilSet(world.a))
                .survivor(world -> world.b.process, world -> sleepUntilSet(world.b))
                .check(world -> assertThat(world.c.words.get(0)).isZero())
                .interleaveEverywhere())
        .isInstanceOf(AssertionError.class)
        .hasStackTraceContaining("everyone waits for ever: [a (pid 1000), b (pid 1001)]");
  }

  @Test
  void killEverywhere_everyoneWaitsForEver_isReported() {
    assertThatThrownBy(() ->
            simulation()
                .victim(world -> world.a.process, world -> {})
                .survivor(
                    world -> world.b.process,
                    world -> world.b.platform.await(world.b.mapping, 0, 0, Long.MAX_VALUE))
                .killEverywhere())
        .isInstanceOf(AssertionError.class)
        .hasRootCauseMessage("everyone waits for ever: [a (pid 1000), b (pid 1001)]");
  }

  @Test
  void killEverywhere_operationFails_isReportedWithItsCause() {
    assertThatThrownBy(() ->
            simulation()
                .victim(
                    world -> world.a.process,
                    world -> {
                      throw new IllegalStateException("broken");
                    })
                .killEverywhere())
        .isInstanceOf(AssertionError.class)
        .hasRootCauseMessage("broken");
    assertThatThrownBy(() -> simulation().killEverywhere())
        .hasRootCauseMessage("simulation has no victim");
  }
}
