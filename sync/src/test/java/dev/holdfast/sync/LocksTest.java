package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.CorruptedException;
import dev.holdfast.region.LimitExceededException;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Names, limits, order, and what people are shown. */
@Timeout(120)
@SuppressWarnings({
  "LockNotBeforeTry",
  "WaitNotInLoop",
  "JavaUtilDate"
}) // taking and releasing is what is tested
class LocksTest extends LocksTestBase {
  @Test
  void mutex_sameName_isTheSameLockForAll() {
    Locks here = locks();
    Locks there = locks();
    try (Hold _ = here.mutex("m").hold()) {
      assertThat(here.mutex("m").isHeldByCurrentThread()).isTrue();
      assertThat(get(start(() -> there.mutex("m").tryHold()))).isEmpty();
      assertThat(get(start(() -> there.mutex("n").tryHold().isPresent()))).isTrue();
    }
    assertThat(there.find("m")).contains(LockKind.MUTEX);
    assertThat(there.find("nothing")).isEmpty();
  }

  @Test
  void mutex_nameNotAllowed_isRefused() {
    Locks locks = locks();

    for (String name : List.of("", ".hidden", "with blank", "x".repeat(121), "ü")) {
      assertThatThrownBy(() -> locks.mutex(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("lock name not allowed: name=" + name);
    }
  }

  @Test
  void sizes_outOfRange_areRefused() {
    assertThatThrownBy(() -> new LockSizes(0, 64, 64)).hasMessageContaining("locks=0, least=1");
    assertThatThrownBy(() -> new LockSizes(1, 63, 64)).hasMessageContaining("contexts=63");
    assertThatThrownBy(() -> new LockSizes(1, 64, 1 << 25)).hasMessageContaining("cells=");
    assertThatThrownBy(() -> locks().semaphore("s", 4097)).hasMessageContaining("permits=4097");
  }

  @Test
  void mutex_tableFull_throwsUnusedLocksAwayAndNeverRepeatsTokens() {
    Space first = space();
    LockSizes sizes = new LockSizes(3, 64, 64);
    Locks locks = Locks.of(first, sizes);
    Space second = space();
    Locks there = Locks.of(second);
    there.mutex("a").hold().close();
    there.mutex("a").hold().close();
    locks.mutex("kept");
    locks.semaphore("s", 60);

    assertThatThrownBy(() -> locks.mutex("d"))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("locks=3, all in use");
    second.close();

    try (Hold held = locks.mutex("d").hold()) {
      assertThat(held.token()).isEqualTo(3); // after the two of the lock that had the slot
    }
    assertThat(locks.find("a")).isEmpty();
    assertThat(locks.find("kept")).isPresent();
  }

  @Test
  void semaphore_noRoomForItsCells_isRefused() {
    Locks locks = Locks.of(space(), new LockSizes(8, 64, 64));
    locks.semaphore("a", 60);

    assertThatThrownBy(() -> locks.semaphore("b", 5))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("asked=5, cells=64");
    locks.semaphore("c", 4).hold(4).close();
  }

  @Test
  void lock_moreThreadsThanContexts_isATypedRefusal() throws Exception {
    Locks locks = Locks.of(space(), new LockSizes(128, 64, 64));
    List<Hold> held = new ArrayList<>();
    List<Thread> owners = new ArrayList<>();
    Object done = new Object();
    for (int i = 0; i < 64; i++) {
      Mutex mutex = locks.mutex("m" + i);
      owners.add(
          Thread.startVirtualThread(() -> {
            Hold mine = mutex.hold();
            synchronized (done) {
              held.add(mine);
              try {
                done.wait();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            }
            mine.close();
          }));
    }
    await(() -> {
      synchronized (done) {
        return held.size() == 64;
      }
    });

    assertThatThrownBy(() -> locks.mutex("one-more").hold())
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("contexts=64");

    synchronized (done) {
      done.notifyAll();
    }
    for (Thread owner : owners) {
      owner.join();
    }
    locks.mutex("one-more").hold().close();
  }

  @Test
  void open_damagedSegment_isRefused() throws Exception {
    Space first = space();
    Locks.of(first).mutex("m");
    Path segment = lockSegment();
    byte[] bytes = Files.readAllBytes(segment);
    byte[] damaged = bytes.clone();
    damaged[48] ^= 1; // contexts

    Files.write(segment, damaged);
    assertThatThrownBy(() -> Locks.of(space()))
        .isInstanceOf(CorruptedException.class)
        .hasMessageContaining("lock segment is damaged");
    Files.write(segment, bytes);

    Locks.of(space()).mutex("m").hold().close();
  }

  private Path lockSegment() throws Exception {
    String control =
        Files.readString(root.resolve("s/space.json"))
            .replaceAll("(?s).*\"control\":\"/([^\"]+).*", "$1");
    return Path.of("/dev/shm", control.replace("-ctl", "-lck"));
  }

  // ---- order -----------------------------------------------------------------------------------

  @Test
  void fair_mutex_servesInOrderOfArrival() {
    Locks here = locks();
    List<Integer> served = Collections.synchronizedList(new ArrayList<>());
    Hold held = here.mutex("m", Locks.MutexOption.FAIR).hold();
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int number = i;
      Mutex mine = locks().mutex("m");
      all.add(
          run(() -> {
            try (Hold _ = mine.hold()) {
              served.add(number);
            }
          }));
      awaitWaiters(here, "m", number + 1);
    }

    held.close();
    all.forEach(LocksTestBase::get);

    assertThat(served).containsExactly(0, 1, 2, 3);
  }

  @Test
  void priority_high_goesBeforeThoseWhoCameEarlier() {
    Locks here = locks();
    List<String> served = Collections.synchronizedList(new ArrayList<>());
    Hold held = here.mutex("m", Locks.MutexOption.FAIR).hold();
    Future<?> low = run(() -> serve(locks().mutex("m").at(Priority.LOW), "low", served));
    awaitWaiters(here, "m", 1);
    Future<?> normal = run(() -> serve(locks().mutex("m"), "normal", served));
    awaitWaiters(here, "m", 2);
    Future<?> critical =
        run(() -> serve(locks().mutex("m").at(Priority.CRITICAL), "critical", served));
    awaitWaiters(here, "m", 3);

    held.close();
    get(low);
    get(normal);
    get(critical);

    assertThat(served).first().isEqualTo("critical");
  }

  private static void serve(Mutex mutex, String who, List<String> served) {
    try (Hold _ = mutex.hold()) {
      served.add(who);
    }
  }

  @Test
  void priority_ofAWaiter_isInheritedByTheOwner() {
    Locks here = locks();
    List<String> served = Collections.synchronizedList(new ArrayList<>());
    Hold held = here.mutex("m", Locks.MutexOption.FAIR).hold();
    Future<?> normal = run(() -> serve(locks().mutex("m"), "normal", served));
    awaitWaiters(here, "m", 1);
    Locks lowly = locks();
    Future<?> low =
        run(() -> {
          try (Hold _ = lowly.mutex("other").hold()) {
            serve(lowly.mutex("m").at(Priority.LOW), "low", served);
          }
        });
    awaitWaiters(here, "m", 2);
    Future<?> critical =
        run(() -> serve(locks().mutex("other").at(Priority.CRITICAL), "critical", served));
    awaitWaiters(here, "other", 1);

    held.close();
    get(normal);
    get(low);
    get(critical);

    assertThat(served).first().isEqualTo("low"); // somebody critical waits for what it owns
  }

  @Test
  void virtualArrival_aLevel_isWorthASecond() {
    long second = Priority.LEVEL_NANOS;

    assertThat(Priority.virtualArrival(5 * second, Priority.LOW.level())).isEqualTo(5 * second);
    assertThat(Priority.virtualArrival(5 * second, Priority.CRITICAL.level()))
        .isEqualTo(2 * second);
    assertThat(Priority.virtualArrival(5 * second, 99)).isEqualTo(2 * second);
    assertThat(Priority.ofLevel(-1)).isEqualTo(Priority.LOW);
  }

  // ---- java.util.concurrent --------------------------------------------------------------------

  @Test
  void readWriteLock_asOfTheJdk_worksLikeOne() throws Exception {
    ReadWriteLock lock = locks().readWriteLock("rw", Locks.ReadWriteOption.FAIR);
    Lock read = lock.readLock();
    Lock write = lock.writeLock();
    read.lockInterruptibly();
    assertThat(get(start(() -> write.tryLock()))).isFalse();
    assertThat(get(start(() -> write.tryLock(5, TimeUnit.MILLISECONDS)))).isFalse();
    assertThat(get(start(() -> read.tryLock(1, TimeUnit.SECONDS)))).isTrue();
    read.unlock();
    assertThatThrownBy(read::unlock).isInstanceOf(IllegalMonitorStateException.class);
    assertThatThrownBy(write::unlock).isInstanceOf(IllegalMonitorStateException.class);
    assertThatThrownBy(write::newCondition).isInstanceOf(UnsupportedOperationException.class);
    write.lockInterruptibly(); // the thread that read ended, and its reading with it
    write.lock();
    write.unlock();
    read.lock();
    read.unlock();
    write.unlock();
    assertThat(lock.toString()).isEqualTo("ReadWriteLock[rw]");
    assertThat(lock.name()).isEqualTo("rw");
  }

  @Test
  void lockInterruptibly_interruptedBefore_throws() {
    ReadWriteLock lock = locks().readWriteLock("rw");
    Mutex mutex = locks().mutex("m");
    Semaphore semaphore = locks().semaphore("s", 1);

    for (Interruptible call :
        List.<Interruptible>of(
            mutex::lockInterruptibly,
            () -> mutex.tryLock(1, TimeUnit.SECONDS),
            () -> lock.readLock().lockInterruptibly(),
            () -> lock.writeLock().tryLock(1, TimeUnit.SECONDS),
            () -> semaphore.holdInterruptibly(1, Duration.ofSeconds(1)))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(call::run).isInstanceOf(InterruptedException.class);
    }
  }

  /** A call that an interrupt ends. */
  private interface Interruptible {
    void run() throws InterruptedException;
  }

  @Test
  void waiting_interrupted_endsWithoutIt() throws Exception {
    Locks locks = locks();
    Locks there = locks();
    WriteHold held = locks.readWriteLock("rw").write();
    var permits = locks.semaphore("s", 1).hold(1);
    Thread reader =
        interrupted(() -> there.readWriteLock("rw").readLock().lockInterruptibly(), there, "rw");
    Thread taker =
        interrupted(
            () -> there.semaphore("s", 1).holdInterruptibly(1, Duration.ofHours(1)), there, "s");

    reader.join();
    taker.join();

    held.close();
    permits.close();
    there.readWriteLock("rw").write().close();
    there.semaphore("s", 1).holdInterruptibly(1, Duration.ofSeconds(60)).close();
  }

  private Thread interrupted(Interruptible call, Locks locks, String name) {
    Thread waiter =
        Thread.ofPlatform()
            .start(() -> assertThatThrownBy(call::run).isInstanceOf(InterruptedException.class));
    awaitWaiters(locks, name, 1);
    waiter.interrupt();
    return waiter;
  }

  @Test
  void condition_withoutSignal_timesOutAndOwnsAgain() throws Exception {
    Mutex mutex = locks().mutex("m");
    Condition condition = mutex.newCondition();
    mutex.lock();

    assertThat(condition.await(5, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(condition.awaitNanos(1_000_000)).isNotPositive();
    assertThat(condition.awaitUntil(new java.util.Date())).isFalse();
    assertThat(mutex.isHeldByCurrentThread()).isTrue();
    Thread.currentThread().interrupt();
    assertThatThrownBy(condition::await).isInstanceOf(InterruptedException.class);
    mutex.unlock();
    assertThatThrownBy(condition::signal).isInstanceOf(IllegalMonitorStateException.class);
  }

  @Test
  void condition_signalAll_wakesThoseOfAllParticipants() {
    Locks here = locks();
    List<Future<?>> all = new ArrayList<>();
    for (Locks locks : List.of(here, locks(), locks())) {
      all.add(
          run(() -> {
            Mutex mutex = locks.mutex("m");
            mutex.lock();
            mutex.newCondition().awaitUninterruptibly();
            mutex.unlock();
          }));
    }
    awaitWaiters(here, "m/condition", 3);

    Mutex mutex = here.mutex("m");
    mutex.lock();
    mutex.newCondition().signalAll();
    mutex.unlock();

    all.forEach(LocksTestBase::get);
  }

  // ---- holds -----------------------------------------------------------------------------------

  @Test
  void hold_closed_isOfNoUse() {
    Hold held = locks().mutex("m").hold();
    held.close();
    WriteHold writing = locks().readWriteLock("rw").write();
    writing.close();
    ReadHold reading = locks().readWriteLock("rw").read();
    reading.close();

    assertThatThrownBy(held::close).isInstanceOf(IllegalMonitorStateException.class);
    assertThatThrownBy(held::ownerDied).isInstanceOf(IllegalMonitorStateException.class);
    assertThatThrownBy(writing::upgrade).isInstanceOf(IllegalMonitorStateException.class);
    assertThatThrownBy(reading::close).isInstanceOf(IllegalMonitorStateException.class);
  }

  @Test
  void abandon_isToldToTheNext_inBothKinds() {
    Locks locks = locks();
    locks.mutex("m").hold().abandon();
    locks.readWriteLock("rw").update().abandon();

    try (Hold held = locks.mutex("m").hold()) {
      assertThat(held.ownerDied()).isTrue();
      held.markConsistent();
    }
    WriteHold writing = locks.readWriteLock("rw").write();
    assertThat(writing.ownerDied()).isTrue();
    assertThatThrownBy(writing::downgradeToRead)
        .isInstanceOf(IllegalMonitorStateException.class)
        .hasMessageContaining("markConsistent()");
    writing.markConsistent();
    writing.downgradeToRead().close();
  }

  @Test
  void repair_fails_leavesItToTheNext() {
    Locks locks = locks();
    locks.mutex("m").hold().abandon();
    Mutex mutex =
        locks
            .mutex("m")
            .repairedBy(held -> {
              assertThat(held.token()).isPositive();
              assertThat(held.ownerDied()).isTrue();
              throw new IllegalStateException("cannot");
            });

    assertThatThrownBy(mutex::lock).hasMessage("cannot");
    assertThatThrownBy(mutex::tryHold).hasMessage("cannot");
    assertThat(mutex.isHeldByCurrentThread()).isFalse();
    try (Hold held = locks.mutex("m").hold()) {
      held.markConsistent();
    }
  }

  // ---- what people are shown -------------------------------------------------------------------

  @Test
  void delegation_ofAnOwner_makesAnotherCountAsTheSameWaiter() {
    Locks here = locks();
    Locks there = locks();
    try (Hold _ = here.mutex("m").hold()) {
      String delegation = here.delegation();

      assertThat(get(start(() -> there.actFor(delegation)))).containsExactly("m");
    }
    assertThatThrownBy(() -> here.actFor("no hex")).isInstanceOf(IllegalArgumentException.class);
    assertThat(here.actFor("")).isEmpty();
  }

  @Test
  void deadlock_broken_isRecorded() throws Exception {
    Space space = space();
    Locks here = Locks.of(space);
    Locks there = locks();
    java.util.concurrent.CyclicBarrier both = new java.util.concurrent.CyclicBarrier(2);
    List<Future<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Locks mine = i == 0 ? here : there;
      String first = i == 0 ? "a" : "b";
      String second = i == 0 ? "b" : "a";
      all.add(
          start(() -> {
            try (Hold _ = mine.mutex(first).hold()) {
              both.await();
              try (Hold _ = mine.mutex(second).hold()) {
                return true;
              } catch (DeadlockException victim) {
                assertThat(victim)
                    .hasMessageContaining("thread test-")
                    .hasMessageContaining("owns");
                return false;
              }
            }
          }));
    }
    all.forEach(LocksTestBase::get);

    assertThat(space.events()).anyMatch(event -> event.kind() == SpaceEvent.Kind.DEADLOCK_BROKEN);
    assertThat(here.list().stream().mapToLong(lock -> lock.statistics().victims()).sum())
        .isEqualTo(1);
    assertThat(here.deadlocks()).isEmpty();
    assertThat(here.toString()).isEqualTo("Locks[s]");
  }
}
