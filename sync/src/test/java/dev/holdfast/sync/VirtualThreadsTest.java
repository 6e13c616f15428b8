package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.Space;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What differs for threads that come by the thousands and have no record of their own. */
@Timeout(120)
@SuppressWarnings({"LockNotBeforeTry", "WaitNotInLoop"}) // wake-ups are counted
class VirtualThreadsTest extends LocksTestBase {
  @Test
  void condition_manyVirtualThreadsWait_eachIsASleeperOfItsOwn() throws Exception {
    Locks locks = locks();
    Mutex mutex = locks.mutex("m");
    Condition condition = mutex.condition("c");
    AtomicInteger woken = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      threads.add(
          Thread.startVirtualThread(() -> {
            mutex.lock();
            try {
              condition.awaitUninterruptibly();
              woken.incrementAndGet();
            } finally {
              mutex.unlock();
            }
          }));
      awaitWaiters(locks, "m/c", i + 1);
    }

    mutex.lock();
    condition.signalAll();
    mutex.unlock();

    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(woken).hasValue(5);
  }

  /** The one that repairs gives the lock back before it reads: it may have another context then. */
  @Test
  void read_ownerDiedAndManyVirtualThreadsWait_oneRepairsAndAllRead() throws Exception {
    Space dying = space();
    Locks.of(dying).readWriteLock("rw").write();
    AtomicInteger repairs = new AtomicInteger();
    AtomicInteger read = new AtomicInteger();
    ReadWriteLock lock = locks().readWriteLock("rw").repairedBy(_ -> repairs.incrementAndGet());
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      threads.add(
          Thread.startVirtualThread(() -> {
            try (ReadHold _ = lock.read()) {
              read.incrementAndGet();
            }
          }));
    }

    dying.close();

    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(read).hasValue(20);
    assertThat(repairs).hasValue(1);
    lock.write(Duration.ZERO).close(); // nobody is left inside
  }

  /** More threads than there are contexts. Not to read: readers are inside together. */
  @ParameterizedTest
  @ValueSource(strings = {"mutex", "write", "update", "permit"})
  void contended_byMoreThreadsThanContexts_allGetTheirTurn(String kind) throws Exception {
    Locks locks = Locks.of(space(), new LockSizes(8, 64, 512));
    Locks there = locks();
    ReadWriteLock lock = locks.readWriteLock("rw");
    AtomicInteger served = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    try (Hold _ = locks.mutex("m").hold();
        Hold _ = there.readWriteLock("rw").write();
        Semaphore.Permits _ = there.semaphore("s", 1).hold(1)) {
      for (int i = 0; i < 200; i++) {
        threads.add(
            Thread.startVirtualThread(() -> {
              try (AutoCloseable _ =
                  switch (kind) {
                    case "mutex" -> locks.mutex("m").hold();
                    case "write" -> lock.write();
                    case "update" -> lock.update();
                    default -> locks.semaphore("s", 1).hold(1);
                  }) {
                served.incrementAndGet();
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            }));
      }
      for (Thread thread : threads) {
        await(() -> thread.getState() == Thread.State.TIMED_WAITING || !thread.isAlive());
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(served).hasValue(200);
  }
}
