package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Words;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionPolicy;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.SimulatedSpace;
import dev.holdfast.region.Space;
import dev.holdfast.sync.Semaphore.Permits;
import dev.holdfast.testkit.FakeKernel;
import dev.holdfast.testkit.FakeProcess;
import dev.holdfast.testkit.Simulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Every store of every lock operation as the place where its process dies, and every phase of a
 * partner meanwhile; production code over a kernel in memory.
 *
 * <p>What is protected is a pair of words that are equal outside the critical section. Whoever
 * enters and finds them unequal must have been told that an owner died. After each run a process
 * that nobody disturbs recovers the dead, and gets every lock.
 */
class LocksSimulationTest {
  private static final LockSizes SMALL = new LockSizes(8, 64, 256);

  /** Where the two words stand that the mutex protects, and those of the read-write lock. */
  private static final long OF_MUTEX = 0;

  private static final long OF_LOCK = 16;

  /** Two processes that have the locks open. */
  private static class World {
    final FakeKernel kernel = new FakeKernel();
    final FakeProcess a = kernel.start("a", 0, 0);
    final FakeProcess b = kernel.start("b", 0, 0);
    final List<Space> spaces = new ArrayList<>();
    final Locks inA = open(a);
    final Locks inB = open(b);
    final Mutex mutexA = inA.mutex("m");
    final Mutex mutexB = inB.mutex("m");
    final ReadWriteLock rwA = inA.readWriteLock("rw");
    final ReadWriteLock rwB = inB.readWriteLock("rw");
    final Semaphore semaphoreA = inA.semaphore("s", 2);
    final Semaphore semaphoreB = inB.semaphore("s", 2);

    /** Two words in a region that both change under a lock; unequal inside only. */
    final Words ofA = data(a);

    final Words ofB = data(b);

    Locks open(FakeProcess process) {
      Space space = SimulatedSpace.open(process);
      spaces.add(space);
      return Locks.of(space, SMALL);
    }

    private Words data(FakeProcess process) {
      Space space = spaces.get(process == a ? 0 : 1);
      Region region =
          process == a
              ? space.create(
                  RegionSpec.named("data")
                      .bytes(64)
                      .policy(RegionPolicy.referenceCounted(Duration.ZERO)))
              : space.writableRegion("data");
      return process.platform().words(region.segment());
    }

    /** Takes m and another mutex in one order or the other. */
    static void changeInTransaction(
        Words data, Locks locks, TransactionPolicy policy, String first, String second) {
      locks
          .transaction(policy)
          .run(tx -> {
            for (String name : List.of(first, second)) {
              Hold held = tx.lock(locks.mutex(name));
              if (!name.equals("m") && held.ownerDied()) {
                held.markConsistent(); // protects nothing
              }
            }
            change(data, OF_MUTEX, tx.lock(locks.mutex("m")));
          });
    }

    static void change(Words data, Mutex mutex) {
      try (Hold held = mutex.hold()) {
        change(data, OF_MUTEX, held);
      }
    }

    /** Lets whoever is more urgent go first in between; whether somebody was. */
    static boolean changeTwice(Words data, Mutex mutex) {
      try (Hold held = mutex.at(Priority.LOW).hold()) {
        change(data, OF_MUTEX, held);
        boolean preempted = held.checkpoint();
        change(data, OF_MUTEX, held);
        return preempted;
      }
    }

    static void write(Words data, ReadWriteLock lock) {
      try (WriteHold held = lock.write()) {
        change(data, OF_LOCK, held);
      }
    }

    static void upgrade(Words data, ReadWriteLock lock) {
      try (WriteHold held = lock.update()) {
        held.upgrade();
        change(data, OF_LOCK, held);
        held.downgrade();
      }
    }

    /** Takes the mutex in b; nobody else gets it as long as b has it. */
    void ownedByB() {
      try (Hold held = mutexB.hold()) {
        change(ofB, OF_MUTEX, held);
        assertThat(third().mutex("m").tryLock()).as("b has it").isFalse();
      }
    }

    void writtenByB() {
      try (WriteHold held = rwB.write()) {
        change(ofB, OF_LOCK, held);
        assertThat(third().readWriteLock("rw").readLock().tryLock()).as("b has it").isFalse();
      }
    }

    private Locks third() {
      return open(kernel.start("c", 0, 0));
    }

    private static void change(Words data, long pair, Hold held) {
      repair(data, pair, held);
      data.set(pair, data.get(pair) + 1);
      data.set(pair + 8, data.get(pair + 8) + 1);
    }

    static void read(Words data, ReadWriteLock lock) {
      try (ReadHold _ = lock.repairedBy(held -> repair(data, OF_LOCK, held)).read()) {
        assertThat(data.get(OF_LOCK)).isEqualTo(data.get(OF_LOCK + 8));
      }
    }

    private static void repair(Words data, long pair, Hold held) {
      if (held.ownerDied()) {
        data.set(pair + 8, data.get(pair));
        held.markConsistent();
      }
      assertThat(data.get(pair)).as("nobody was told of a death").isEqualTo(data.get(pair + 8));
    }
  }

  /** After a run: the dead are recovered, and everything can be had. */
  private static void check(World world) {
    FakeProcess judge = world.kernel.start("judge", 0, 0);
    Space space = SimulatedSpace.open(judge);
    Locks locks = Locks.of(space, SMALL);
    space.sweep();
    Words data = judge.platform().words(judgesView(space).segment());
    World.change(data, locks.mutex("m"));
    World.changeInTransaction(data, locks, TransactionPolicy.WAIT_DIE, "other", "m");
    World.write(data, locks.readWriteLock("rw"));
    World.read(data, locks.readWriteLock("rw"));
    try (Permits all = locks.semaphore("s", 2).hold(2)) {
      assertThat(all.count()).isEqualTo(2);
    }
    for (Space other : world.spaces) {
      try {
        other.close();
      } catch (dev.holdfast.testkit.Killed dead) {
        // was killed: nothing of it runs
      }
    }
    space.sweep();
    space.close();
    assertThat(world.kernel.leftovers()).containsExactly("directory /tmp/root");
  }

  /** The data outlive their users here: a dead one's hold was dropped by the sweep. */
  private static Region judgesView(Space space) {
    return space.find("data").isPresent()
        ? space.writableRegion("data")
        : space.create(RegionSpec.named("data").bytes(64));
  }

  private static Simulation<World> simulation(
      Simulation.Operation<World> victim, Simulation.Operation<World> survivor) {
    Callable<World> worlds = World::new;
    return Simulation.of(worlds)
        .victim(world -> world.a, victim)
        .survivor(world -> world.b, survivor)
        .check(LocksSimulationTest::check);
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

  @Test
  void mutex_twoOwners_atEveryStep() {
    everything(
        world -> World.change(world.ofA, world.mutexA),
        world -> World.change(world.ofB, world.mutexB));
  }

  @Test
  void transaction_waitDie_inOppositeOrders_atEveryStep() {
    inOppositeOrders(TransactionPolicy.WAIT_DIE, TransactionPolicy.WAIT_DIE);
  }

  @Test
  void transaction_woundWait_inOppositeOrders_atEveryStep() {
    inOppositeOrders(TransactionPolicy.WOUND_WAIT, TransactionPolicy.WOUND_WAIT);
  }

  @Test
  void transaction_ofBothPolicies_inOppositeOrders_atEveryStep() {
    inOppositeOrders(TransactionPolicy.WAIT_DIE, TransactionPolicy.WOUND_WAIT);
    inOppositeOrders(TransactionPolicy.WOUND_WAIT, TransactionPolicy.WAIT_DIE);
  }

  private static void inOppositeOrders(TransactionPolicy ofA, TransactionPolicy ofB) {
    everything(
        world -> World.changeInTransaction(world.ofA, world.inA, ofA, "m", "other"),
        world -> World.changeInTransaction(world.ofB, world.inB, ofB, "other", "m"));
  }

  @Test
  void readWriteLock_writerAndReader_atEveryStep() {
    everything(
        world -> World.write(world.ofA, world.rwA), world -> World.read(world.ofB, world.rwB));
  }

  @Test
  void readWriteLock_readerAndWriter_atEveryStep() {
    everything(
        world -> World.read(world.ofA, world.rwA), world -> World.write(world.ofB, world.rwB));
  }

  @Test
  void readWriteLock_updaterAndReader_atEveryStep() {
    everything(
        world -> World.upgrade(world.ofA, world.rwA), world -> World.read(world.ofB, world.rwB));
  }

  /**
   * A reader waits when the writer leaves and lets it in, and dies before each store of going in;
   * or the writer dies before each store of letting it in. Then another writer comes.
   */
  @Test
  void readWriteLock_lettingAWaitingReaderIn_atEveryStep() {
    Simulation.Operation<World> reading =
        world -> {
          world.a.letOthersRun(); // until the writer is inside
          World.read(world.ofA, world.rwA);
        };
    Simulation.Operation<World> writing =
        world -> {
          try (WriteHold held = world.rwB.write()) {
            World.change(world.ofB, OF_LOCK, held);
            world.b.letOthersRun(); // until the reader waits
          }
          World.write(world.ofB, world.rwB);
        };
    everything(reading, writing);

    Simulation.Operation<World> writingFirst =
        world -> {
          try (WriteHold held = world.rwA.write()) {
            World.change(world.ofA, OF_LOCK, held);
            world.a.letOthersRun(); // until the reader waits
          }
        };
    Simulation.Operation<World> readingThenWriting =
        world -> {
          World.read(world.ofB, world.rwB);
          World.write(world.ofB, world.rwB);
        };
    everything(writingFirst, readingThenWriting);
  }

  @Test
  void semaphore_twoOwners_atEveryStep() {
    everything(
        world -> world.semaphoreA.hold(2).close(), world -> world.semaphoreB.hold(1).close());
  }

  @Test
  void mutex_timeOut_atEveryStep() {
    everything(
        world -> World.change(world.ofA, world.mutexA),
        world -> {
          try {
            world.mutexB.hold(Duration.ofNanos(1)).close();
          } catch (LockTimeoutException late) {
            assertThat(late).hasMessageContaining("m");
          }
        });
  }

  @Test
  void mutex_checkpointBesideAnUrgentWaiter_atEveryStep() {
    AtomicInteger preempted = new AtomicInteger();
    Simulation.Operation<World> yielding =
        world -> {
          if (World.changeTwice(world.ofA, world.mutexA)) {
            preempted.incrementAndGet();
          }
        };
    Simulation.Operation<World> urgent =
        world -> World.change(world.ofB, world.mutexB.at(Priority.HIGH));

    assertThat(simulation(yielding, urgent).interleaveEverywhere()).isGreaterThan(1);
    assertThat(preempted).as("somebody went first").hasPositiveValue();
    everything(yielding, urgent);
  }

  /**
   * Somebody urgent waits when the owner gives way, and the owner dies before each store of that:
   * of handing the lock over, of taking it again.
   */
  @Test
  void mutex_ownerDiesGivingWay_atEveryStep() {
    AtomicInteger preempted = new AtomicInteger();
    Simulation.Operation<World> yielding =
        world -> {
          try (Hold held = world.mutexA.at(Priority.LOW).hold()) {
            World.change(world.ofA, OF_MUTEX, held);
            world.a.letOthersRun(); // until somebody urgent waits
            if (held.checkpoint()) {
              preempted.incrementAndGet();
            }
            World.change(world.ofA, OF_MUTEX, held);
          }
        };
    Simulation.Operation<World> urgent =
        world -> World.change(world.ofB, world.mutexB.at(Priority.HIGH));

    assertThat(simulation(yielding, urgent).interleaveAndKillEverywhere()).isGreaterThan(1);
    assertThat(preempted).as("it gave way").hasPositiveValue();
    everything(yielding, urgent);
  }

  @Test
  void close_whileOthersUse_atEveryStep() {
    everything(
        world -> world.spaces.getFirst().close(), world -> World.change(world.ofB, world.mutexB));
  }

  /** Who dies leaving what it owns to the others left it all the same. */
  @Test
  void close_owning_atEveryStep() {
    everything(
        world -> {
          var _ = world.mutexA.hold();
          var _ = world.rwA.write();
          var _ = world.semaphoreA.hold(2);
          world.spaces.getFirst().close();
        },
        world -> {
          World.change(world.ofB, world.mutexB);
          World.write(world.ofB, world.rwB);
          world.semaphoreB.hold(2).close();
        });
  }

  /**
   * A thread releases what somebody waits for, and before each store of that another thread of its
   * process closes the space and a process takes the lock: nothing that the first one still does
   * may reach it.
   */
  @Test
  void close_whileAnOwnerReleases_atEveryStep() {
    releasedWhileClosing(
        world -> world.mutexA.hold(),
        world -> world.mutexB.hold(Duration.ofSeconds(1)),
        World::ownedByB);
    releasedWhileClosing(
        world -> world.rwA.write(),
        world -> world.rwB.write(Duration.ofSeconds(1)),
        World::writtenByB);
  }

  private static void releasedWhileClosing(
      Function<World, Hold> own, Function<World, Hold> giveUp, Simulation.Operation<World> next) {
    AtomicInteger closedInside = new AtomicInteger();
    Simulation.Operation<World> releasing =
        world -> {
          try (Hold _ = own.apply(world)) {
            leaveItsMark(world, giveUp);
          } catch (LocksClosedException left) {
            closedInside.incrementAndGet();
          }
        };
    Simulation.Operation<World> closingAndTaking =
        world -> {
          // as another thread of the process, which nobody steps; what the space does then comes
          // late
          world.inA.core().close();
          next.run(world);
        };

    assertThat(simulation(releasing, closingAndTaking).interleaveEverywhere()).isGreaterThan(1);
    assertThat(closedInside).as("was told").hasPositiveValue();
  }

  /** Waits for a moment, so that the owner takes the way out that looks for waiters. */
  private static void leaveItsMark(World world, Function<World, Hold> giveUp) {
    try (Hold closedAlready = giveUp.apply(world)) {
      closedAlready.markConsistent();
    } catch (LockTimeoutException owned) {
      assertThat(owned).hasMessageContaining("not to be had in time");
    }
  }

  /**
   * A mutex is handed over, and before each step of that the one that waits for it dies, and
   * another process gets its context: that one must not own what it never asked for.
   */
  @Test
  void mutex_handedOverToTheDead_whoseContextIsAnothers_atEveryRead() {
    AtomicInteger handedOver = new AtomicInteger();
    Simulation<Succession> simulation =
        Simulation.of(Succession::new)
            .victim(world -> world.a, world -> handedOver.addAndGet(world.releaseToTheWaiter()))
            .survivor(world -> world.b, Succession::waiterIsReplaced)
            .check(Succession::check)
            .withLoads();

    assertThat(simulation.interleaveEverywhere()).isGreaterThan(1);
    assertThat(handedOver).as("handed over while it lived").hasPositiveValue();
  }

  /** One owns a strictly fair mutex, one waits for it, and one comes when that one is dead. */
  private static final class Succession extends World {
    private final FakeProcess c = kernel.start("c", 0, 0);
    private final Locks inC = open(c);
    private final Mutex owned = inA.mutex("fair", Locks.MutexOption.FAIR);

    /** 1 if it was handed over, 0 if it was freed. */
    int releaseToTheWaiter() {
      Hold held = owned.hold();
      if (c.alive()) {
        waitInC(owned.core());
      }
      held.close();
      return owned.core().isOwnedBy(inC.core().membership.me()) ? 1 : 0;
    }

    /** As a thread of c does that nobody runs. */
    private void waitInC(WordLock word) {
      Locks.Core core = inC.core();
      Wait wait = Wait.forEver(Priority.NORMAL, core.waits.now());
      core.contexts.current().beginWait(WaitWord.of(word.key, WaitWord.EXCLUSIVE), wait, 0);
      word.addMark(OwnerWord.WAITERS);
    }

    void waiterIsReplaced() {
      c.kill();
      Locks inD = open(kernel.start("d", 0, 0));
      spaces.getLast().sweep();
      inD.mutex("another").lock(); // with the context that c had
    }

    static void check(Succession world) throws InterruptedException {
      Locks judge = world.open(world.kernel.start("judge", 0, 0));
      world.spaces.getLast().sweep();
      Mutex mutex = judge.mutex("fair", Locks.MutexOption.FAIR);
      try (Hold held = mutex.hold(Duration.ofSeconds(5))) {
        held.markConsistent();
      }
    }
  }

  @Test
  void open_newLocks_atEveryStep() {
    everything(
        world -> world.inA.semaphore("new", 3).hold(3).close(),
        world -> world.inB.semaphore("new", 3).hold(3).close());
  }

  @EnabledIfSystemProperty(named = "holdfast.long", matches = "true")
  @Test
  void everyPair_atEveryStep() {
    List<Simulation.Operation<World>> ofA =
        List.of(
            world -> World.change(world.ofA, world.mutexA),
            world -> World.write(world.ofA, world.rwA),
            world -> World.upgrade(world.ofA, world.rwA),
            world -> World.read(world.ofA, world.rwA),
            world -> world.semaphoreA.hold(2).close());
    List<Simulation.Operation<World>> ofB =
        List.of(
            world -> World.change(world.ofB, world.mutexB),
            world -> World.write(world.ofB, world.rwB),
            world -> World.upgrade(world.ofB, world.rwB),
            world -> World.read(world.ofB, world.rwB),
            world -> world.semaphoreB.hold(1).close());
    ofA.forEach(one -> ofB.forEach(other -> everything(one, other)));
  }
}
