package dev.holdfast.stress;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import dev.holdfast.region.Region;
import dev.holdfast.sync.DeadlockException;
import dev.holdfast.sync.Hold;
import dev.holdfast.sync.LockTimeoutException;
import dev.holdfast.sync.Locks;
import dev.holdfast.sync.Priority;
import dev.holdfast.sync.ReadHold;
import dev.holdfast.sync.TransactionPolicy;
import java.time.Duration;
import java.util.Random;

/**
 * A process of {@link LockStormTest}: takes random locks in random ways until it is killed. Its
 * twin is {@code lock_storm_child.py}. Each lock protects three words: who is inside, and two
 * counters that are equal outside. Who finds them otherwise must have been told that an owner died.
 */
final class LockStormChild {
  static final int LOCKS = 50;
  static final long CELL = 24;
  static final int PERMITS = 3;

  private final Locks locks;
  private final Words data;
  private final Random random;
  private final long pid = ProcessHandle.current().pid();

  private LockStormChild(Locks locks, Words data, Random random) {
    this.locks = locks;
    this.data = data;
    this.random = random;
  }

  public static void main(String[] args) {
    StormProcess.run(
        args,
        (space, random) -> {
          Region region = space.writableRegion("data"); // for as long as the process lives
          Words data = Platform.current().words(region.segment());
          return new LockStormChild(Locks.of(space), data, random)::step;
        });
  }

  private void step() {
    int lock = random.nextInt(LOCKS);
    try {
      switch (lock % 5) {
        case 0, 1, 2 -> mutexOrTransaction(lock);
        case 3 -> readWrite(lock);
        default -> semaphore(lock);
      }
    } catch (LockTimeoutException | DeadlockException expected) {
      // another time
    }
  }

  private Duration patience() {
    return Duration.ofMillis(random.nextInt(4) == 0 ? random.nextInt(3) : 10_000);
  }

  private void mutexOrTransaction(int lock) {
    if (random.nextInt(4) == 0) {
      transaction(lock);
    } else {
      mutex(lock);
    }
  }

  /** Three mutexes at once, in any order. */
  private void transaction(int lock) {
    TransactionPolicy policy =
        random.nextBoolean() ? TransactionPolicy.WAIT_DIE : TransactionPolicy.WOUND_WAIT;
    int[] all = {lock, random.nextInt(LOCKS / 5) * 5, random.nextInt(LOCKS / 5) * 5 + 1};
    locks
        .transaction(policy)
        .run(tx -> {
          for (int one : all) {
            change(one, tx.lock(locks.mutex("lock-" + one)));
          }
        });
  }

  private void mutex(int lock) {
    try (Hold held = locks.mutex("lock-" + lock).at(priority()).hold(patience())) {
      change(lock, held);
      if (held.checkpoint()) { // somebody more urgent had it meanwhile, and may have died
        change(lock, held);
      }
      if (random.nextInt(8) == 0) {
        mutex(random.nextInt(LOCKS / 5) * 5); // a second one, in any order
      }
    }
  }

  private Priority priority() {
    Priority[] all = Priority.values();
    return all[random.nextInt(all.length)];
  }

  private void readWrite(int lock) {
    var readWrite = locks.readWriteLock("lock-" + lock);
    if (random.nextInt(3) > 0) {
      try (ReadHold _ = readWrite.repairedBy(held -> repair(lock)).read(patience())) {
        require(data.get(lock * CELL) == 0, "a writer is inside beside a reader", lock);
        require(data.get(lock * CELL + 8) == data.get(lock * CELL + 16), "half written", lock);
      }
    } else if (random.nextBoolean()) {
      try (Hold held = readWrite.write(patience())) {
        change(lock, held);
      }
    } else {
      try (var held = readWrite.update(patience())) {
        held.upgrade(patience());
        change(lock, held);
      }
    }
  }

  private void semaphore(int lock) {
    try (var _ =
        locks.semaphore("lock-" + lock, PERMITS).hold(1 + random.nextInt(PERMITS), patience())) {
      Thread.onSpinWait();
    }
  }

  private void change(int lock, Hold held) {
    if (held.ownerDied()) {
      repair(lock);
      held.markConsistent();
    }
    long at = lock * CELL;
    require(data.get(at) == 0, "two are inside", lock);
    data.set(at, pid);
    require(data.get(at + 8) == data.get(at + 16), "nobody told of a death", lock);
    data.set(at + 8, data.get(at + 8) + 1);
    for (int i = random.nextInt(200); i > 0; i--) {
      Thread.onSpinWait();
    }
    data.set(at + 16, data.get(at + 16) + 1);
    require(data.get(at) == pid, "somebody came in", lock);
    data.set(at, 0);
  }

  private void repair(int lock) {
    data.set(lock * CELL + 16, data.get(lock * CELL + 8));
    data.set(lock * CELL, 0);
  }

  private static void require(boolean condition, String what, int lock) {
    if (!condition) {
      throw new AssertionError(what + ": lock=" + lock);
    }
  }
}
