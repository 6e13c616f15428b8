package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceEvent;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * After an owner's death each way of taking a lock tells it, once; and a lock that nobody declared
 * consistent refuses each of them.
 */
@Timeout(120)
@SuppressWarnings("LockNotBeforeTry") // taking and releasing is what is tested
class OwnerDeathTest extends LocksTestBase {
  private static final Locks.MutexOption[] UNFAIR = {};
  private static final Locks.MutexOption[] FAIR = {Locks.MutexOption.FAIR};

  /** Ways to take a mutex, fair or not. */
  @SuppressWarnings("ImmutableEnumChecker") // its functions have no state
  enum Way {
    HOLD(Mutex::hold),
    HOLD_IN_TIME(mutex -> mutex.hold(Duration.ofSeconds(60))),
    HOLD_NOW(mutex -> mutex.hold(Duration.ZERO)),
    TRY(mutex -> mutex.tryHold().orElseThrow());

    private final Function<Mutex, Hold> take;

    Way(Function<Mutex, Hold> take) {
      this.take = take;
    }
  }

  /** Ways to take a read-write lock as its only owner, or to read. */
  @SuppressWarnings("ImmutableEnumChecker") // its functions have no state
  enum ReadWriteWay {
    WRITE(lock -> lock.write()),
    WRITE_NOW(lock -> lock.write(Duration.ZERO)),
    UPDATE(lock -> lock.update()),
    UPDATE_NOW(lock -> lock.update(Duration.ZERO)),
    READ(lock -> lock.read()),
    READ_IN_TIME(lock -> lock.read(Duration.ofSeconds(60))),
    READ_NOW(lock -> lock.read(Duration.ZERO)),
    TRY_READ(lock -> lock.tryRead().orElseThrow());

    private final Function<ReadWriteLock, AutoCloseable> take;

    ReadWriteWay(Function<ReadWriteLock, AutoCloseable> take) {
      this.take = take;
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void mutex_ownerDied_eachWayTellsItOnce(Way way) {
    for (Locks.MutexOption[] options : List.of(UNFAIR, FAIR)) {
      Mutex mutex = locks().mutex("m" + options.length, options);
      Space dying = space();
      Locks.of(dying).mutex(mutex.name()).lock();

      dying.close();

      try (Hold held = way.take.apply(mutex)) {
        assertThat(held.ownerDied()).isTrue();
        held.markConsistent();
      }
      try (Hold held = way.take.apply(mutex)) {
        assertThat(held.ownerDied()).isFalse();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void mutex_notRecoverable_eachWayIsRefused(Way way) {
    for (Locks.MutexOption[] options : List.of(UNFAIR, FAIR)) {
      Mutex mutex = locks().mutex("m" + options.length, options);
      Space dying = space();
      Locks.of(dying).mutex(mutex.name()).lock();
      dying.close();
      mutex.hold().close();

      assertThatThrownBy(() -> way.take.apply(mutex)).isInstanceOf(NotRecoverableException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(ReadWriteWay.class)
  void readWriteLock_ownerDied_eachWayTellsItOnce(ReadWriteWay way) throws Exception {
    int[] repairs = new int[1];
    ReadWriteLock lock = locks().readWriteLock("rw").repairedBy(_ -> repairs[0]++);
    Space dying = space();
    Locks.of(dying).readWriteLock("rw").write();

    dying.close();

    for (int i = 0; i < 2; i++) {
      way.take.apply(lock).close();
      assertThat(repairs[0]).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(ReadWriteWay.class)
  void readWriteLock_notRecoverable_eachWayIsRefused(ReadWriteWay way) {
    Locks locks = locks();
    ReadWriteLock lock = locks.readWriteLock("rw");
    Space dying = space();
    Locks.of(dying).readWriteLock("rw").write();
    dying.close();
    lock.write().close();

    assertThatThrownBy(() -> way.take.apply(lock)).isInstanceOf(NotRecoverableException.class);
  }

  @Test
  void ownerDied_ofEitherKindAndOfAThread_isCountedAndRecordedOnce() throws Exception {
    Space space = space();
    Locks locks = Locks.of(space);
    Space dying = space();
    Locks.of(dying).mutex("m").lock();
    get(start(() -> Locks.of(dying).readWriteLock("rw").write()));
    dying.close();
    Thread.ofPlatform().start(locks.mutex("t")::lock).join();

    for (Hold held :
        List.of(
            locks.mutex("m").hold(), locks.readWriteLock("rw").write(), locks.mutex("t").hold())) {
      held.markConsistent();
      held.close();
    }

    assertThat(locks.list()).hasSize(3).allMatch(lock -> lock.statistics().ownersDied() == 1);
    assertThat(space.events())
        .filteredOn(event -> event.kind() == SpaceEvent.Kind.LOCK_OWNER_DIED)
        .extracting(SpaceEvent::text)
        .containsExactlyInAnyOrder("m", "rw", "t");
  }

  /** Who is killed while it waits leaves its mark on the word, and no wait. */
  @ParameterizedTest
  @EnumSource(
      value = LockKind.class,
      names = {"MUTEX", "SEMAPHORE"})
  void fair_itsOnlyWaiterKilled_isTakenWithoutWaiting(LockKind kind) {
    Space space = space();
    Locks locks = Locks.of(space);
    Mutex mutex = locks.mutex("m", FAIR);
    Semaphore semaphore = locks.semaphore("s", 1, FAIR);
    LockSegment segment = core(space).segment;
    long word =
        segment.lock(core(space).table.find(kind == LockKind.MUTEX ? "m" : "s").orElseThrow());
    segment.words.or(word + LockLayout.WORD, OwnerWord.WAITERS);

    if (kind == LockKind.MUTEX) {
      mutex.hold(Duration.ZERO).close();
    } else {
      semaphore.hold(1, Duration.ZERO).close();
    }
  }
}
