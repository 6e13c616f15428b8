package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Behaviours that other locks' test suites demand, as far as no other test here shows them. */
@Timeout(120)
@SuppressWarnings("LockNotBeforeTry") // taking and releasing is what is tested
class LockBehavioursTest extends LocksTestBase {
  private static final int ROUNDS = Boolean.getBoolean("holdfast.long") ? 200_000 : 2_000;

  /** glibc BZ#20973: who waited when the second owner died must not be forgotten. */
  @Test
  void mutex_ownerOfAContendedLockDies_bothWhoWaitGetIt() {
    Locks here = locks();
    Hold held = here.mutex("m").hold();
    Locks dying = locks();
    Space second = space();
    Locks killed = Locks.of(second);
    Future<Hold> next = start(() -> killed.mutex("m").hold());
    awaitWaiters(here, "m", 1);
    Future<Boolean> first = start(() -> tellAndRepair(dying.mutex("m")));
    awaitWaiters(here, "m", 2);
    held.close();
    await(() -> next.isDone() || first.isDone());
    Locks third = locks();
    Future<Boolean> last = start(() -> tellAndRepair(third.mutex("m")));

    get(next); // it has the lock now, or had it after the first
    second.close(); // and leaves it as the dead do

    List<Boolean> told = List.of(get(first), get(last));
    assertThat(told).filteredOn(died -> died).hasSize(1);
  }

  private static boolean tellAndRepair(Mutex mutex) {
    try (Hold held = mutex.hold()) {
      boolean died = held.ownerDied();
      if (died) {
        held.markConsistent();
      }
      return died;
    }
  }

  /** glibc BZ#23844: those who only try must not leave those who sleep asleep. */
  @Test
  void readWriteLock_manyWhoOnlyTry_leaveNobodyAsleep() {
    ReadWriteLock writes = locks().readWriteLock("rw");
    ReadWriteLock tries = locks().readWriteLock("rw");
    ReadWriteLock reads = locks().readWriteLock("rw");

    List<Future<?>> all =
        List.of(
            run(() -> times(() -> writes.write().close())),
            run(() -> times(() -> tries.tryRead().ifPresent(ReadHold::close))),
            run(() -> times(() -> reads.read().close())),
            run(() -> times(() -> reads.update().close())));

    all.forEach(LocksTestBase::get);
  }

  private static void times(Runnable step) {
    for (int i = 0; i < ROUNDS; i++) {
      step.run();
    }
  }

  private enum Mode {
    READ,
    UPDATE,
    WRITE;

    AutoCloseable take(ReadWriteLock lock) {
      return switch (this) {
        case READ -> lock.read();
        case UPDATE -> lock.update();
        case WRITE -> lock.write();
      };
    }
  }

  /** parking_lot #212, #532: a thread is let in again or refused at once, whoever waits. */
  @Test
  void readWriteLock_sameThreadAgain_neverWaitsForItself() throws Exception {
    List<String> refused = new ArrayList<>();
    for (Mode has : Mode.values()) {
      for (Mode wants : Mode.values()) {
        Locks here = locks();
        String name = has + "-" + wants;
        ReadWriteLock lock = here.readWriteLock(name);
        try (AutoCloseable _ = has.take(lock)) {
          Locks there = locks();
          Future<?> writer = run(() -> there.readWriteLock(name).write().close());
          await(() -> waits(here, name));
          try (AutoCloseable _ = wants.take(lock)) {
            assertThat(writer).isNotDone();
          } catch (IllegalMonitorStateException misuse) {
            refused.add(name);
          }
        }
      }
    }

    assertThat(refused).containsExactly("READ-UPDATE", "READ-WRITE", "UPDATE-WRITE");
  }

  /** Waits for the word, or for the readers to leave. */
  private static boolean waits(Locks locks, String name) {
    return locks.users().stream()
        .map(LockUser::waitsFor)
        .flatMap(Optional::stream)
        .anyMatch(lock -> lock.startsWith(name + " "));
  }

  /** Closing with sleepers on each kind of lock: they are sent away, and nothing crashes. */
  @Test
  void close_withSleepersOfEveryKind_sendsEachAway() {
    Locks here = locks();
    Hold mutex = here.mutex("m").hold();
    WriteHold write = here.readWriteLock("rw").write();
    Semaphore.Permits permit = here.semaphore("s", 1).hold(1);
    Space closing = space();
    Locks there = Locks.of(closing);
    List<Function<Locks, Object>> ways =
        List.of(
            locks -> locks.mutex("m").hold(),
            locks -> locks.readWriteLock("rw").write(),
            locks -> locks.readWriteLock("rw").read(),
            locks -> locks.semaphore("s", 1).hold(1),
            LockBehavioursTest::awaitSignal);
    List<Future<Object>> sleepers = new ArrayList<>();
    for (Function<Locks, Object> way : ways) {
      sleepers.add(start(() -> way.apply(there)));
    }
    awaitWaiters(here, "m", 1);
    awaitWaiters(here, "rw", 2);
    awaitWaiters(here, "s", 1);
    awaitWaiters(here, "c/condition", 1);

    closing.close();

    for (Future<Object> sleeper : sleepers) {
      assertThatThrownBy(() -> get(sleeper)).hasCauseInstanceOf(LocksClosedException.class);
    }
    permit.close();
    write.close();
    mutex.close();
    assertThat(here.list()).allMatch(lock -> lock.waiters().isEmpty());
  }

  @SuppressWarnings("WaitNotInLoop") // nobody signals
  private static Object awaitSignal(Locks locks) {
    Mutex mutex = locks.mutex("c");
    mutex.lock();
    mutex.newCondition().awaitUninterruptibly();
    throw new AssertionError("woken by nobody");
  }
}
