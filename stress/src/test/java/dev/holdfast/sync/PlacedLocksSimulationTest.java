package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Words;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionPolicy;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.SimulatedSpace;
import dev.holdfast.region.Space;
import dev.holdfast.testkit.FakeKernel;
import dev.holdfast.testkit.FakeProcess;
import dev.holdfast.testkit.Killed;
import dev.holdfast.testkit.Simulation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Every store of those who use locks in a region, and undo records, as the place where its process
 * dies; production code over a kernel in memory.
 *
 * <p>What each lock protects is a pair of words that are equal outside the critical section.
 * Whoever is told of a death only rolls back: if they are unequal then, a record was missing or
 * wrong. And nobody takes back what somebody read.
 */
class PlacedLocksSimulationTest {
  private static final LockSizes SMALL = new LockSizes(8, 64, 1024);
  private static final long OF_MUTEX = 0;
  private static final long OF_LOCK = 16;
  private static final long MUTEX_AT = 64;
  private static final long LOCK_AT = 256;
  private static final long SEMAPHORE_AT = 3072;
  private static final long NEW_AT = 3584;
  private static final int UNDO_BYTES = 72;

  /** A process with the region and its locks open. */
  private static final class Party {
    final Space space;
    final Region region;
    final Words data;
    final PlacedLocks locks;

    /** What it read last: nobody may take that back. */
    long read;

    Party(FakeProcess process, boolean creates) {
      this.space = SimulatedSpace.open(process);
      this.region =
          creates
              ? space.create(
                  RegionSpec.named("data")
                      .bytes(4096)
                      .policy(RegionPolicy.referenceCounted(Duration.ZERO)))
              : space.writableRegion("data");
      this.data = process.platform().words(region.segment());
      this.locks = Locks.of(space, SMALL).placed("data");
    }

    void changeOwned() {
      try (Hold held = locks.mutex(MUTEX_AT).hold()) {
        change(held, OF_MUTEX);
      }
    }

    void write() {
      try (WriteHold held = locks.readWriteLock(LOCK_AT).write()) {
        change(held, OF_LOCK);
      }
    }

    void read() {
      ReadWriteLock lock = locks.readWriteLock(LOCK_AT).repairedBy(held -> repair(held, OF_LOCK));
      try (ReadHold _ = lock.read()) {
        requireEqual(OF_LOCK);
        read = data.get(OF_LOCK);
      }
    }

    /** Each word is saved before it is changed: two ranges of one record. */
    private void change(Hold held, long pair) {
      repair(held, pair);
      for (long at = pair; at <= pair + Long.BYTES; at += Long.BYTES) {
        held.undo().save(region, at, Long.BYTES);
        data.set(at, data.get(at) + 1);
      }
    }

    private void repair(Hold held, long pair) {
      if (held.ownerDied()) {
        held.undo().rollBack(region);
        held.markConsistent();
      }
      requireEqual(pair);
    }

    private void requireEqual(long pair) {
      assertThat(data.get(pair)).as("rolled back").isEqualTo(data.get(pair + Long.BYTES));
    }
  }

  /** Two processes that use the locks, and one that looks afterwards. */
  private static final class World {
    final FakeKernel kernel = new FakeKernel();
    final FakeProcess a = kernel.start("a", 0, 0);
    final FakeProcess b = kernel.start("b", 0, 0);
    final Party judge = new Party(kernel.start("judge", 0, 0), true);
    final Party inA;
    final Party inB;

    World() {
      judge.locks.placeMutexWithUndo(MUTEX_AT, UNDO_BYTES);
      judge.locks.placeReadWriteLockWithUndo(LOCK_AT, UNDO_BYTES);
      judge.locks.placeSemaphore(SEMAPHORE_AT, 2);
      inA = new Party(a, false);
      inB = new Party(b, false);
    }

    /** Waits for a moment, so that the owner takes the way out that looks for waiters. */
    void leaveItsMark() {
      try (Hold closedAlready = judge.locks.mutex(MUTEX_AT).hold(Duration.ofSeconds(1))) {
        closedAlready.markConsistent();
      } catch (LockTimeoutException owned) {
        assertThat(owned).hasMessageContaining("not to be had in time");
      }
    }

    World halfChanged() {
      Hold held = judge.locks.mutex(MUTEX_AT).hold();
      held.undo().save(judge.region, OF_MUTEX, Long.BYTES);
      judge.data.set(OF_MUTEX, 1);
      held.undo().save(judge.region, OF_MUTEX + Long.BYTES, Long.BYTES);
      held.abandon();
      return this;
    }
  }

  /** After a run: the dead are recovered, everything can be had, and nothing is left. */
  private static void check(World world) {
    world.judge.space.sweep();
    world.judge.changeOwned();
    world.judge.write();
    world.judge.read();
    assertThat(world.judge.read).isGreaterThan(world.inB.read);
    try (Semaphore.Permits all = world.judge.locks.semaphore(SEMAPHORE_AT).hold(2)) {
      assertThat(all.count()).isEqualTo(2);
    }
    for (Party party : List.of(world.inA, world.inB)) {
      try {
        party.space.close();
      } catch (Killed dead) {
        // nothing of it runs
      }
    }
    world.judge.space.sweep();
    world.judge.space.close();
    assertThat(world.kernel.leftovers()).containsExactly("directory /tmp/root");
  }

  private static void everything(
      Simulation.Operation<World> victim, Simulation.Operation<World> survivor) {
    assertThat(simulation(victim, survivor).killEverywhere()).isGreaterThan(1);
    if (Boolean.getBoolean("holdfast.long")) {
      assertThat(simulation(victim, survivor).interleaveEverywhere()).isGreaterThan(1);
      assertThat(simulation(victim, survivor).interleaveAndKillEverywhere()).isGreaterThan(1);
      assertThat(simulation(victim, survivor).killBothEverywhere()).isGreaterThan(1);
    }
  }

  private static Simulation<World> simulation(
      Simulation.Operation<World> victim, Simulation.Operation<World> survivor) {
    Callable<World> worlds = World::new;
    return Simulation.of(worlds)
        .victim(world -> world.a, victim)
        .survivor(world -> world.b, survivor)
        .check(PlacedLocksSimulationTest::check);
  }

  @Test
  void mutex_twoOwnersWithUndo_atEveryStep() {
    everything(world -> world.inA.changeOwned(), world -> world.inB.changeOwned());
  }

  @Test
  void rollBack_whoRollsBackDies_atEveryStep() {
    Callable<World> worlds = () -> new World().halfChanged();
    Simulation<World> simulation =
        Simulation.of(worlds)
            .victim(world -> world.a, world -> world.inA.changeOwned())
            .survivor(world -> world.b, world -> world.inB.changeOwned())
            .check(PlacedLocksSimulationTest::check);

    assertThat(simulation.killEverywhere()).isGreaterThan(1);
  }

  @Test
  void readWriteLock_writerWithUndoAndReader_atEveryStep() {
    everything(world -> world.inA.write(), world -> world.inB.read());
  }

  @Test
  void semaphore_twoOwners_atEveryStep() {
    everything(
        world -> world.inA.locks.semaphore(SEMAPHORE_AT).hold(2).close(),
        world -> world.inB.locks.semaphore(SEMAPHORE_AT).hold(1).close());
  }

  @Test
  void close_owning_atEveryStep() {
    everything(
        world -> {
          var _ = world.inA.locks.mutex(MUTEX_AT).hold();
          var _ = world.inA.locks.readWriteLock(LOCK_AT).write();
          var _ = world.inA.locks.semaphore(SEMAPHORE_AT).hold(2);
          world.inA.space.close();
        },
        world -> {
          world.inB.changeOwned();
          world.inB.write();
          world.inB.locks.semaphore(SEMAPHORE_AT).hold(2).close();
        });
  }

  /** As of the locks with a name: what the owner still does reaches nobody else's lock. */
  @Test
  void close_whileAnOwnerReleases_atEveryStep() {
    AtomicInteger closedInside = new AtomicInteger();
    Simulation.Operation<World> releasing =
        world -> {
          try (Hold _ = world.inA.locks.mutex(MUTEX_AT).hold()) {
            world.leaveItsMark();
          } catch (LocksClosedException left) {
            closedInside.incrementAndGet();
          }
        };
    Simulation.Operation<World> closingAndTaking =
        world -> {
          Locks.of(world.inA.space, SMALL).core().close(); // as another thread, which nobody steps
          try (Hold held = world.inB.locks.mutex(MUTEX_AT).hold()) {
            world.inB.change(held, OF_MUTEX);
            assertThat(world.judge.locks.mutex(MUTEX_AT).tryLock()).as("b has it").isFalse();
          }
        };

    assertThat(simulation(releasing, closingAndTaking).interleaveEverywhere()).isGreaterThan(1);
    assertThat(closedInside).as("was told").hasPositiveValue();
  }

  @Test
  void place_andOpen_atEveryStep() {
    everything(
        world -> placeOrOpen(world.inA.locks).hold().close(),
        world -> placeOrOpen(world.inB.locks).hold().close());
  }

  private static Mutex placeOrOpen(PlacedLocks locks) {
    try {
      return locks.placeMutex(NEW_AT);
    } catch (PlaceTakenException there) {
      return locks.mutex(NEW_AT);
    }
  }

  @Test
  void close_whileOthersUse_atEveryStep() {
    everything(world -> world.inA.locks.close(), world -> world.inB.changeOwned());
  }
}
