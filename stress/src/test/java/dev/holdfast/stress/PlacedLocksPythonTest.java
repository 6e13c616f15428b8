package dev.holdfast.stress;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Region;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.sync.DeadlockException;
import dev.holdfast.sync.Hold;
import dev.holdfast.sync.LockTimeoutException;
import dev.holdfast.sync.Locks;
import dev.holdfast.sync.Mutex;
import dev.holdfast.sync.PlacedLocks;
import dev.holdfast.sync.ReadWriteLock;
import dev.holdfast.sync.Semaphore;
import dev.holdfast.sync.WriteHold;
import dev.holdfast.testkit.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Locks in a region's bytes, shared by a JVM and a Python process that is killed. */
@Timeout(120)
class PlacedLocksPythonTest {
  private static final long FIRST_AT = 64;
  private static final long SECOND_AT = 256;
  private static final long LOCK_AT = 512;
  private static final long SEMAPHORE_AT = 4096;

  @TempDir Path root;

  private Space space;
  private Region data;
  private Locks all;
  private PlacedLocks locks;
  private ChildProcess python;

  @BeforeEach
  void open() {
    space = Space.open(SpaceSpec.named("placed").under(root));
    data = space.create(RegionSpec.named("data").bytes(8192));
    all = Locks.of(space);
    locks = all.placed("data");
    python =
        ChildProcess.python(
            Path.of(System.getProperty("holdfast.root"), "stress/src/test/python/placed_locks.py")
                .toString(),
            root.toString());
    python.await("READY");
  }

  @AfterEach
  void end() {
    python.kill();
    python.close();
    data.close();
    space.close();
    assertThat(root).isEmptyDirectory();
  }

  private void python(String command, String answer) {
    python.say(command);
    python.await(answer);
  }

  @Test
  void mutex_placedByJavaOwnedByPython_isOwnedAndLeftToTheNextOne() {
    Mutex mutex = locks.placeMutex(FIRST_AT);
    python("mutex 64", "DONE");
    assertThat(mutex.tryHold()).isEmpty();
    python("release", "DONE");
    try (Hold held = mutex.hold(Duration.ZERO)) {
      assertThat(held.ownerDied()).isFalse();
    }
    python("mutex 64", "DONE");
    CompletableFuture<Boolean> told = CompletableFuture.supplyAsync(() -> isTold(mutex));
    awaitWaiter();

    python.kill();

    assertThat(told.join()).isTrue();
  }

  private void awaitWaiter() {
    while (all.users().stream().noneMatch(user -> user.waitsFor().isPresent())) {
      LockSupport.parkNanos(100_000);
    }
  }

  private static boolean isTold(Mutex mutex) {
    try (Hold held = mutex.hold()) {
      boolean told = held.ownerDied();
      held.markConsistent();
      return told;
    }
  }

  @Test
  void condition_javaSignalsPython_wakesIt() {
    Mutex mutex = locks.placeMutex(FIRST_AT);
    python.say("wait 64");
    awaitWaiter();
    try (Hold _ = mutex.hold()) {
      mutex.newCondition().signal();
    }
    python.await("DONE");
  }

  @Test
  void condition_pythonSignalsJava_wakesIt() {
    Mutex mutex = locks.placeMutex(FIRST_AT);
    CompletableFuture<Void> woken = CompletableFuture.runAsync(() -> awaitSignal(mutex));
    awaitWaiter();

    python("notify 64", "DONE");

    woken.join();
  }

  @Test
  void condition_pythonWaiterIsKilled_wakesTheOthers() {
    Mutex mutex = locks.placeMutex(FIRST_AT);
    python.say("wait 64");
    awaitWaiter();
    CompletableFuture<Void> woken = CompletableFuture.runAsync(() -> awaitSignal(mutex));
    while (all.users().stream().filter(user -> user.waitsFor().isPresent()).count() < 2) {
      LockSupport.parkNanos(100_000);
    }

    python.kill();

    woken.join();
  }

  @SuppressWarnings("WaitNotInLoop") // to be woken without a cause is what is tested
  private static void awaitSignal(Mutex mutex) {
    try (Hold _ = mutex.hold()) {
      mutex.newCondition().awaitUninterruptibly();
    }
  }

  @Test
  void undoRecord_pythonMarksConsistent_isGone() {
    Mutex mutex = locks.placeMutexWithUndo(FIRST_AT, 64);
    Hold half = mutex.hold();
    half.undo().save(data, 0, 8);
    data.segment().set(JAVA_LONG, 0, 7);
    half.abandon();

    python("mutex 64", "TOLD");
    python("release", "DONE");

    try (Hold held = mutex.hold()) {
      assertThat(held.ownerDied()).isFalse();
      assertThat(held.undo().isPresent()).isFalse();
    }
  }

  @Test
  void undoRecord_ofPythonThatIsKilled_isRolledBackByJava() {
    Mutex mutex = locks.placeMutexWithUndo(FIRST_AT, 64);
    data.segment().set(JAVA_LONG, 0, 1);
    python("half 64", "DONE");
    assertThat(data.segment().get(JAVA_LONG, 0)).isEqualTo(7);

    python.kill();

    try (Hold held = mutex.hold()) {
      assertThat(held.undo().rollBack(data)).isEqualTo(1);
      held.markConsistent();
    }
    assertThat(data.segment().get(JAVA_LONG, 0)).isEqualTo(1);
  }

  @Test
  void undoRecord_ofJavaThatAbandons_isRolledBackByPython() {
    Hold half = locks.placeMutexWithUndo(FIRST_AT, 64).hold();
    data.segment().set(JAVA_LONG, 0, 1);
    half.undo().save(data, 0, 8);
    data.segment().set(JAVA_LONG, 0, 7);
    half.abandon();

    python("back 64", "DONE");

    assertThat(data.segment().get(JAVA_LONG, 0)).isEqualTo(1);
  }

  @Test
  void readWriteLock_placedByPythonReadByPython_keepsWritersOutUntilItDies() {
    python("place_rwlock 512", "DONE");
    ReadWriteLock lock = locks.readWriteLock(LOCK_AT);
    python("read 512", "DONE");
    assertThatThrownBy(() -> lock.write(Duration.ZERO)).isInstanceOf(LockTimeoutException.class);

    python.kill();

    try (WriteHold held = lock.write()) {
      assertThat(held.ownerDied()).isFalse();
      assertThat(held.undo().capacity()).isEqualTo(64);
    }
  }

  @Test
  void semaphore_placedByPython_getsThePermitsOfTheDeadBack() {
    python("place_semaphore 4096 3", "DONE");
    Semaphore semaphore = locks.semaphore(SEMAPHORE_AT);
    python("permits 4096 2", "DONE");
    assertThat(semaphore.available()).isEqualTo(1);

    python.kill();

    try (Semaphore.Permits permits = semaphore.hold(3)) {
      assertThat(permits.count()).isEqualTo(3);
    }
  }

  @Test
  void deadlock_throughPlacedLocksOfBoth_oneIsTold() {
    Mutex first = locks.placeMutex(FIRST_AT);
    Mutex second = locks.placeMutex(SECOND_AT);
    python("mutex 256", "DONE");
    boolean told = false;
    try (Hold _ = first.hold()) {
      python.say("mutex 64");
      try (Hold got = second.hold()) {
        assertThat(got.ownerDied()).isFalse();
      } catch (DeadlockException victim) {
        assertThat(victim).hasMessageContaining("data[64]").hasMessageContaining("data[256]");
        told = true;
      } finally {
        if (!told) {
          python.await("DEADLOCK");
        }
      }
    }
    if (told) {
      python.await("DONE");
    }
  }
}
