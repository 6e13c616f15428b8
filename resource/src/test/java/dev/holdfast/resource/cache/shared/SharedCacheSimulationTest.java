package dev.holdfast.resource.cache.shared;

import static dev.holdfast.resource.cache.shared.Tables.TINY;
import static dev.holdfast.resource.cache.shared.Tables.bytes;
import static dev.holdfast.resource.cache.shared.Tables.get;
import static dev.holdfast.resource.cache.shared.Tables.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.Words;
import dev.holdfast.testkit.FakeKernel;
import dev.holdfast.testkit.FakeProcess;
import dev.holdfast.testkit.Simulation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Every store of every operation as the place where its process dies; every phase of a partner
 * meanwhile; the recoverer killed at each of its own steps. The code under test is that of
 * production, over a kernel in memory.
 *
 * <p>After each run a process that nobody disturbs sweeps once, and the table must be sound:
 * nothing half-made, no slot, cell or block lost, no entry twice; no value but one that was put
 * under its key; and everything that nobody touched still there.
 */
class SharedCacheSimulationTest {
  private static final String FILE = "/tmp/cache";

  /** A process with the cache mapped; its participant is named by its seat. */
  private static final class Member {
    final FakeProcess process;
    final Words words;
    final EntryTable table;

    Member(World world, String name, int seat) {
      process = world.kernel.start(name);
      var platform = process.platform();
      Descriptor file = platform.openFile(FILE, Access.READ_WRITE, Creation.OPEN_OR_CREATE, 0600);
      platform.allocate(file, 0, TINY.bytes());
      MemorySegment mapping = platform.map(file, TINY.bytes(), Access.READ_WRITE, Arena.ofAuto());
      words = platform.words(mapping);
      table =
          new EntryTable(
              new CacheMemory(words, TINY, Tables.SEED), seat, world::living, () -> 1_000);
      world.members.add(this);
      table.seats().take(handle(seat));
    }
  }

  private static long handle(int seat) {
    return 1L << 16 | seat;
  }

  /** Three processes; the cache holds two entries that nobody touches. */
  private static class World {
    final FakeKernel kernel = new FakeKernel();
    final List<Member> members = new ArrayList<>();
    final Member a = new Member(this, "a", 0);
    final Member b = new Member(this, "b", 1);
    final Member judge = new Member(this, "judge", 2);

    /** The handle of a participant that B is besides its own; 0 for none. */
    long successor;

    Set<Long> living() {
      Set<Long> living =
          members.stream()
              .filter(member -> member.process.alive())
              .map(member -> handle(members.indexOf(member)))
              .collect(Collectors.toSet());
      if (successor != 0 && b.process.alive()) {
        living.add(successor);
      }
      return living;
    }
  }

  /** The key k has a value of two blocks. */
  private static class Present extends World {
    Present() {
      put(judge.table, "k", OLD);
    }
  }

  /** Every slot is taken, and every block. */
  private static class Full extends World {
    Full() {
      for (int i = 0; i < TINY.slots(); i++) {
        put(judge.table, "f" + i, "v".repeat(50));
      }
      put(judge.table, "k", OLD);
    }
  }

  /** B is at filling every slot. */
  private static class Crowded extends World {
    Crowded() {
      Slots slots = new Slots(new CacheMemory(b.words, TINY, Tables.SEED));
      for (int slot = 0; slot < TINY.slots(); slot++) {
        slots.tryClaim(slot, 1);
      }
    }
  }

  /** The only value of k goes away by itself. */
  private static class Expired extends World {
    Expired() {
      judge.table.put(bytes("k"), bytes(OLD), 1);
    }
  }

  /** A dead process was filling the first slot; its seat has not been recovered. */
  private static class Dead extends World {
    static final int SEAT = 3;

    Dead() {
      Member dead = new Member(this, "dead", SEAT);
      new Slots(new CacheMemory(dead.words, TINY, Tables.SEED)).tryClaim(0, SEAT);
      dead.process.kill();
    }

    /** B joins a second time, into the participant slot of the dead, and puts. */
    void succeed() {
      b.table.seats().recoverDead();
      successor = 2L << 16 | SEAT;
      EntryTable table =
          new EntryTable(
              new CacheMemory(b.words, TINY, Tables.SEED), SEAT, this::living, () -> 1_000);
      table.seats().take(successor);
      assertThat(put(table, "y", NEW)).isTrue();
      assertThat(get(table, "y")).isEqualTo(NEW);
    }
  }

  private static final String OLD = "old".repeat(15);
  private static final String NEW = "new".repeat(20);
  private static final String OTHER = "other".repeat(10);

  private static Map<String, String> sound(World world) {
    world.judge.table.sweep();
    return Tables.requireSound(world.judge.words, TINY, world.judge.table);
  }

  private static void check(World world) {
    sound(world)
        .forEach((key, value) ->
            assertThat(key.startsWith("f") ? "v".repeat(50) : value)
                .isEqualTo(value)
                .isIn(OLD, NEW, OTHER, "v".repeat(50)));
    world.judge.table.clear();
    assertThat(world.judge.table.usage().usedBytes()).isZero();
  }

  /** Without eviction k has a value whatever happens: the old one or one of the new ones. */
  private static void checkNothingLost(World world) {
    assertThat(sound(world)).containsOnlyKeys("k");
    check(world);
  }

  private static <W extends World> Simulation<W> byA(
      Callable<W> worlds, Simulation.Operation<W> operation) {
    return Simulation.of(worlds)
        .victim(w -> w.a.process, operation)
        .check(SharedCacheSimulationTest::check);
  }

  // ---- a death at every step -------------------------------------------------------------------

  @Test
  void put_killedAtEveryStep_leavesNothingHalfMade() {
    long runs = byA(World::new, w -> put(w.a.table, "k", NEW)).killEverywhere();
    assertThat(runs).isGreaterThan(10);
  }

  @Test
  void replace_killedAtEveryStep_leavesTheOldValueOrTheNew() {
    byA(Present::new, w -> put(w.a.table, "k", NEW))
        .check(SharedCacheSimulationTest::checkNothingLost)
        .killEverywhere();
  }

  @Test
  void putIntoAFullCache_killedAtEveryStep_losesNothingButWhatWasEvicted() {
    byA(Full::new, w -> put(w.a.table, "x", NEW)).killEverywhere();
    byA(Full::new, w -> put(w.a.table, "k", NEW)).killEverywhere();
  }

  @Test
  void putThatFindsNoRoom_killedAtEveryStep_leavesASoundCache() {
    byA(Crowded::new, w -> assertThat(put(w.a.table, "k", NEW)).isFalse())
        .check(w -> {
          w.b.process.kill();
          assertThat(sound(w)).isEmpty();
        })
        .killEverywhere();
  }

  @Test
  void remove_killedAtEveryStep_removesOrNot() {
    byA(Present::new, w -> w.a.table.remove(bytes("k"))).killEverywhere();
  }

  @Test
  void get_killedAtEveryStep_changesNothing() {
    byA(Present::new, w -> get(w.a.table, "k"))
        .check(SharedCacheSimulationTest::checkNothingLost)
        .killEverywhere();
  }

  @Test
  void getOfAnExpired_killedAtEveryStep_leavesNothing() {
    byA(Expired::new, w -> get(w.a.table, "k")).killEverywhere();
  }

  @Test
  void clearAndSweep_killedAtEveryStep_leaveASoundCache() {
    byA(Full::new, w -> w.a.table.clear()).killEverywhere();
    byA(Expired::new, w -> w.a.table.sweep()).killEverywhere();
  }

  // ---- the recoverer dies, too -----------------------------------------------------------------

  @Test
  void replace_killedAndItsRecovererKilledAtEveryStep_leavesASoundCache() {
    byA(Present::new, w -> put(w.a.table, "k", NEW))
        .survivor(w -> w.b.process, w -> w.b.table.sweep())
        .check(SharedCacheSimulationTest::checkNothingLost)
        .killBothEverywhere();
  }

  @Test
  void put_killedAndItsSeatTakenByASuccessorThatIsKilled_leavesASoundCache() {
    byA(Full::new, w -> put(w.a.table, "x", NEW))
        .survivor(
            w -> w.b.process,
            w -> {
              EntryTable successor =
                  new EntryTable(
                      new CacheMemory(w.b.words, TINY, Tables.SEED), 0, w::living, () -> 1_000);
              successor.seats().take(2L << 16);
              put(successor, "y", NEW);
            })
        .check(w -> {
          w.b.process.kill(); // the judge knows no participant of that handle
          check(w);
        })
        .killBothEverywhere();
  }

  @Test
  void recover_whileAnotherRecoversAndASuccessorTakesTheSeat_successorIsLeftAlone() {
    Simulation<Dead> pair =
        byA(Dead::new, w -> w.a.table.sweep()).survivor(w -> w.b.process, Dead::succeed);
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
    pair.killBothEverywhere();
  }

  // ---- a partner in every phase ----------------------------------------------------------------

  @Test
  void put_whileAnotherPutsTheSameKey_oneOfThemIsThere() {
    Simulation<World> absent =
        byA(World::new, w -> put(w.a.table, "k", NEW))
            .survivor(w -> w.b.process, w -> put(w.b.table, "k", OTHER))
            .check(SharedCacheSimulationTest::checkNothingLost);
    absent.interleaveEverywhere();
    absent.interleaveAndKillEverywhere();
    Simulation<Present> present =
        byA(Present::new, w -> put(w.a.table, "k", NEW))
            .survivor(w -> w.b.process, w -> put(w.b.table, "k", OTHER))
            .check(SharedCacheSimulationTest::checkNothingLost);
    present.interleaveEverywhere();
    present.interleaveAndKillEverywhere();
  }

  @Test
  void put_whileAnotherPutsTheSameKeyIntoALowerCell_isThereOnce() {
    long set = KeyHash.of(bytes("k"), Tables.SEED) & (TINY.sets() - 1);
    String neighbour =
        IntStream.range(0, 100)
            .mapToObj(i -> "n" + i)
            .filter(key -> (KeyHash.of(bytes(key), Tables.SEED) & (TINY.sets() - 1)) == set)
            .findFirst()
            .orElseThrow();
    Callable<World> worlds =
        () -> {
          World world = new World();
          put(world.judge.table, neighbour, OLD);
          return world;
        };
    Simulation<World> pair =
        byA(worlds, w -> put(w.a.table, "k", NEW))
            .survivor(
                w -> w.b.process,
                w -> {
                  w.b.table.remove(bytes(neighbour));
                  put(w.b.table, "k", OTHER);
                })
            .check(SharedCacheSimulationTest::checkNothingLost);
    pair.interleaveEverywhere();
  }

  @Test
  void put_whileAnotherPutsIntoTheFullCache_bothSucceed() {
    Simulation<Full> pair =
        byA(Full::new, w -> assertThat(put(w.a.table, "x", NEW)).isTrue())
            .survivor(w -> w.b.process, w -> assertThat(put(w.b.table, "y", OTHER)).isTrue());
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  @Test
  void put_whileAnotherRemoves_theKeyIsThereOrNot() {
    Simulation<Present> pair =
        byA(Present::new, w -> put(w.a.table, "k", NEW))
            .survivor(w -> w.b.process, w -> w.b.table.remove(bytes("k")));
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  /** B puts what A is removing; whether B found it gone before. */
  private static final class Removing extends Present {
    boolean gone;

    void putWhatIsGone() {
      gone = get(b.table, "k") == null;
      put(b.table, "k", NEW);
    }
  }

  @Test
  void remove_whileAnotherFindsTheKeyGoneAndPutsIt_leavesTheNewValue() {
    byA(Removing::new, w -> assertThat(w.a.table.remove(bytes("k"))).isTrue())
        .survivor(w -> w.b.process, Removing::putWhatIsGone)
        .check(w -> {
          assertThat(!w.gone || NEW.equals(get(w.judge.table, "k"))).isTrue();
          check(w);
        })
        .interleaveEverywhere();
  }

  @Test
  void put_whileAnotherReads_aValueThatWasPutIsFoundEachTime() {
    Simulation<Present> pair =
        byA(Present::new, w -> put(w.a.table, "k", NEW))
            .survivor(w -> w.b.process, w -> assertThat(get(w.b.table, "k")).isIn(OLD, NEW))
            .check(SharedCacheSimulationTest::checkNothingLost);
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  @Test
  void put_whileAnotherRecovers_livingPutIsLeftAlone() {
    Simulation<Present> pair =
        byA(
                Present::new,
                w -> {
                  put(w.a.table, "k", NEW);
                  assertThat(get(w.a.table, "k")).isEqualTo(NEW);
                })
            .survivor(w -> w.b.process, w -> w.b.table.sweep())
            .check(SharedCacheSimulationTest::checkNothingLost);
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  // ---- the long form: reads are phases as well -------------------------------------------------

  @Test
  @EnabledIfSystemProperty(named = "holdfast.long", matches = "true")
  void get_whileAnotherReplaces_atEveryRead() {
    Simulation<Present> pair =
        byA(Present::new, w -> assertThat(get(w.a.table, "k")).isIn(OLD, NEW))
            .survivor(w -> w.b.process, w -> put(w.b.table, "k", NEW))
            .check(SharedCacheSimulationTest::checkNothingLost)
            .withLoads();
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  @Test
  @EnabledIfSystemProperty(named = "holdfast.long", matches = "true")
  void get_whileItsSlotAndBlocksAreUsedAgain_atEveryRead() {
    byA(Present::new, w -> assertThat(get(w.a.table, "k")).isIn(OLD, NEW, null))
        .survivor(
            w -> w.b.process,
            w -> {
              put(w.b.table, "k", NEW);
              for (int i = 0; i < TINY.slots(); i++) {
                put(w.b.table, "f" + i, "v".repeat(50));
              }
            })
        .withLoads()
        .interleaveEverywhere();
  }

  @Test
  @EnabledIfSystemProperty(named = "holdfast.long", matches = "true")
  void put_whileAnotherPuts_atEveryRead() {
    Simulation<World> pair =
        byA(World::new, w -> put(w.a.table, "k", NEW))
            .survivor(w -> w.b.process, w -> put(w.b.table, "k", OTHER))
            .check(SharedCacheSimulationTest::checkNothingLost)
            .withLoads();
    pair.interleaveEverywhere();
    pair.interleaveAndKillEverywhere();
  }

  @Test
  @EnabledIfSystemProperty(named = "holdfast.long", matches = "true")
  void everyPair_everyPhase_leavesASoundCache() {
    List<Simulation.Operation<Full>> ofA =
        List.of(
            w -> put(w.a.table, "k", NEW),
            w -> put(w.a.table, "x", NEW),
            w -> w.a.table.remove(bytes("k")),
            w -> get(w.a.table, "k"),
            w -> w.a.table.sweep(),
            w -> w.a.table.clear());
    List<Simulation.Operation<Full>> ofB =
        List.of(
            w -> put(w.b.table, "k", OTHER),
            w -> put(w.b.table, "y", OTHER),
            w -> w.b.table.remove(bytes("k")),
            w -> w.b.table.sweep(),
            w -> w.b.table.clear());
    for (Simulation.Operation<Full> a : ofA) {
      for (Simulation.Operation<Full> b : ofB) {
        Simulation<Full> pair = byA(Full::new, a).survivor(w -> w.b.process, b);
        pair.interleaveEverywhere();
        pair.interleaveAndKillEverywhere();
        pair.killBothEverywhere();
      }
    }
  }
}
