package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
@SuppressWarnings({"LockNotBeforeTry", "WaitNotInLoop"}) // taking and releasing is what is tested
class MutexTest extends LocksTestBase {
  private int counter;

  @Test
  void lock_free_isTakenAndReleased() {
    Mutex mutex = locks().mutex("m");

    mutex.lock();

    assertThat(mutex.isHeldByCurrentThread()).isTrue();
    mutex.unlock();
    assertThat(mutex.isHeldByCurrentThread()).isFalse();
  }

  @Test
  void lock_twiceByTheSameThread_needsTwoUnlocks() {
    Mutex mutex = locks().mutex("m");
    mutex.lock();
    mutex.lock();

    mutex.unlock();

    assertThat(mutex.isHeldByCurrentThread()).isTrue();
    assertThat(got(mutex::tryLock)).isFalse();
    mutex.unlock();
    assertThat(get(start(() -> tryAndRelease(mutex)))).isTrue();
  }

  private boolean got(java.util.concurrent.Callable<Boolean> attempt) {
    return get(start(attempt));
  }

  private static boolean tryAndRelease(Mutex mutex) {
    boolean taken = mutex.tryLock();
    if (taken) {
      mutex.unlock();
    }
    return taken;
  }

  @Test
  void unlock_byAnotherThread_isRefused() {
    Mutex mutex = locks().mutex("m");
    mutex.lock();

    assertThatThrownBy(() -> get(run(mutex::unlock)))
        .hasCauseInstanceOf(IllegalMonitorStateException.class)
        .hasStackTraceContaining("not the owner: lock=m");
    mutex.unlock();
  }

  @Test
  void hold_byOtherParticipant_excludes() {
    Mutex here = locks().mutex("m");
    Mutex there = locks().mutex("m");
    Hold held = here.hold();

    assertThat(got(there::tryLock)).isFalse();
    held.close();
    assertThat(get(start(() -> tryAndRelease(there)))).isTrue();
  }

  @Test
  void hold_whenReleasedByOtherParticipant_wakes() {
    Locks here = locks();
    Mutex there = locks().mutex("m");
    Hold held = here.mutex("m").hold();
    Future<Long> waiting =
        start(() -> {
          try (Hold got = there.hold()) {
            return got.token();
          }
        });
    awaitWaiters(here, "m", 1);
    long token = held.token();

    held.close();

    assertThat(get(waiting)).isGreaterThan(token);
  }

  @Test
  void hold_timeOutOfZero_takesWhatIsFree() {
    Mutex mutex = locks().mutex("m");

    mutex.hold(Duration.ZERO).close();
    mutex.hold(Duration.ofSeconds(-1)).close();

    assertThat(mutex.isHeldByCurrentThread()).isFalse();
  }

  @Test
  void hold_notInTime_isATypedRefusal() {
    Mutex mutex = locks().mutex("m");
    Hold held = mutex.hold();
    long start = System.nanoTime();

    assertThatThrownBy(() -> get(start(() -> mutex.hold(Duration.ofMillis(30)))))
        .hasCauseInstanceOf(LockTimeoutException.class)
        .hasStackTraceContaining("name=m, waited=PT0.03S");

    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000);
    held.close();
  }

  @Test
  void lockInterruptibly_interrupted_endsWithoutTheLock() throws Exception {
    Locks locks = locks();
    Mutex mutex = locks.mutex("m");
    Hold held = mutex.hold();
    Thread waiter =
        Thread.ofPlatform()
            .start(() ->
                assertThatThrownBy(mutex::lockInterruptibly)
                    .isInstanceOf(InterruptedException.class));
    awaitWaiters(locks, "m", 1);

    waiter.interrupt();
    waiter.join();

    held.close();
    assertThat(mutex.tryLock(1, TimeUnit.SECONDS)).isTrue();
    mutex.unlock();
  }

  @Test
  void counter_manyThreadsOfTwoParticipants_isRight() {
    Mutex here = locks().mutex("m");
    Mutex there = locks().mutex("m");
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Mutex mutex = i % 2 == 0 ? here : there;
      all.add(run(() -> countUnder(mutex, 5_000)));
    }

    all.forEach(LocksTestBase::get);

    assertThat(counter).isEqualTo(20_000);
  }

  private void countUnder(Mutex mutex, int times) {
    for (int n = 0; n < times; n++) {
      mutex.lock();
      try {
        counter++;
      } finally {
        mutex.unlock();
      }
    }
  }

  @Test
  void counter_virtualThreads_isRight() throws Exception {
    Mutex here = locks().mutex("m", Locks.MutexOption.FAIR);
    Mutex there = locks().mutex("m");
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Mutex mutex = i % 2 == 0 ? here : there;
      threads.add(Thread.startVirtualThread(() -> countUnder(mutex, 5)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(counter).isEqualTo(1_000);
  }

  @Test
  void hold_ownerThreadEnded_nextIsTold() throws Exception {
    Mutex mutex = locks().mutex("m");
    Thread owner = Thread.ofPlatform().start(mutex::lock);
    owner.join();

    try (Hold held = mutex.hold()) {
      assertThat(held.ownerDied()).isTrue();
      held.markConsistent();
    }

    try (Hold held = mutex.hold()) {
      assertThat(held.ownerDied()).isFalse();
    }
  }

  @Test
  void close_inconsistent_isNotRecoverableForAll() throws Exception {
    Locks locks = locks();
    Mutex mutex = locks.mutex("m");
    Thread.ofPlatform().start(mutex::lock).join();
    mutex.hold().close();

    assertThatThrownBy(mutex::hold)
        .isInstanceOf(NotRecoverableException.class)
        .hasMessageContaining("name=m");
    assertThatThrownBy(mutex::tryLock).isInstanceOf(NotRecoverableException.class);
    assertThat(locks.reset("m")).isTrue();
    mutex.hold().close();
  }

  @Test
  void lock_ownerDiedAndNoRepair_isRefusedAndStaysForTheNext() throws Exception {
    Mutex mutex = locks().mutex("m");
    Thread.ofPlatform().start(mutex::lock).join();

    assertThatThrownBy(mutex::lock).isInstanceOf(OwnerDiedException.class);
    assertThat(mutex.isHeldByCurrentThread()).isFalse();

    AtomicInteger repairs = new AtomicInteger();
    Mutex repaired = mutex.repairedBy(_ -> repairs.incrementAndGet());
    repaired.lock();
    repaired.unlock();
    mutex.lock();
    mutex.unlock();
    assertThat(repairs).hasValue(1);
  }

  @Test
  void close_whileSomebodyWaits_sendsItAway() {
    Locks here = locks();
    Hold held = here.mutex("m").hold();
    var space = space();
    Mutex there = Locks.of(space).mutex("m");
    Future<Hold> direct = start(there::hold);
    Future<Boolean> parked = start(() -> there.tryLock(1, TimeUnit.HOURS));
    awaitWaiters(here, "m", 1);

    space.close();

    assertThatThrownBy(() -> get(direct)).hasCauseInstanceOf(LocksClosedException.class);
    assertThatThrownBy(() -> get(parked)).hasCauseInstanceOf(LocksClosedException.class);
    held.close();
  }

  @Test
  void close_whileOwning_leavesItAsADeadOwnerWould() {
    var space = space();
    Locks.of(space).mutex("m").lock();
    Mutex there = locks().mutex("m");

    space.close();

    try (Hold held = there.hold()) {
      assertThat(held.ownerDied()).isTrue();
      held.markConsistent();
    }
  }

  @Test
  void condition_signalled_wakesOne() {
    Locks here = locks();
    Mutex mutex = here.mutex("m");
    Mutex there = locks().mutex("m");
    Future<Boolean> waiting =
        start(() -> {
          there.lock();
          try {
            return there.condition("c").await(60, TimeUnit.SECONDS);
          } finally {
            there.unlock();
          }
        });
    awaitWaiters(here, "m/c", 1);

    mutex.lock();
    mutex.condition("c").signal();
    mutex.unlock();

    assertThat(get(waiting)).isTrue();
  }

  @Test
  void deadlock_twoThreads_oneIsTheVictim() {
    Locks here = locks();
    Locks there = locks();
    Future<Boolean> first = start(() -> crossing(here, "a", "b"));
    Future<Boolean> second = start(() -> crossing(there, "b", "a"));

    assertThat(List.of(get(first), get(second))).containsExactlyInAnyOrder(true, false);
  }

  private final java.util.concurrent.CyclicBarrier barrier =
      new java.util.concurrent.CyclicBarrier(2);

  private boolean crossing(Locks locks, String one, String other) throws Exception {
    try (Hold _ = locks.mutex(one).hold()) {
      barrier.await();
      try (Hold _ = locks.mutex(other).hold()) {
        return true;
      } catch (DeadlockException victim) {
        assertThat(victim).hasMessageContaining("waits for");
        return false;
      }
    }
  }
}
