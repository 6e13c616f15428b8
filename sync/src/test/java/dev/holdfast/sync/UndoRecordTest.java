package dev.holdfast.sync;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Words;
import dev.holdfast.region.CorruptedException;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
@SuppressWarnings("LockNotBeforeTry") // taking and releasing is what is tested
class UndoRecordTest extends LocksTestBase {
  private Space space;
  private Region data;
  private Locks locks;

  @BeforeEach
  void open() {
    space = space();
    data = space.create(RegionSpec.named("data").bytes(4096));
    locks = Locks.of(space);
    put(1, 2);
  }

  private void put(long first, long second) {
    data.segment().set(JAVA_LONG, 0, first);
    data.segment().set(JAVA_LONG, 8, second);
  }

  private List<Long> now() {
    return List.of(data.segment().get(JAVA_LONG, 0), data.segment().get(JAVA_LONG, 8));
  }

  // ---- after a death ---------------------------------------------------------------------------

  /** An owner that dies before the step of that number: 0 before everything, 5 after everything. */
  private void changeAndDie(Hold held, int step) {
    List<Runnable> steps =
        List.of(
            () -> held.undo().save(data, 0, 8),
            () -> data.segment().set(JAVA_LONG, 0, 10),
            () -> held.undo().save(data, 8, 8),
            () -> data.segment().set(JAVA_LONG, 8, 20),
            () -> held.undo().clear());
    steps.subList(0, step).forEach(Runnable::run);
    held.abandon();
  }

  @Test
  void rollBack_ownerDiedBeforeEachStep_isAllOrNothing() {
    Mutex mutex = locks.mutexWithUndo("m", 256);
    Mutex elsewhere = locks().mutex("m");
    for (int step = 0; step <= 5; step++) {
      put(1, 2);
      changeAndDie(mutex.hold(), step);

      try (Hold next = elsewhere.hold()) {
        assertThat(next.ownerDied()).isTrue();
        next.undo().rollBack(data);
        next.markConsistent();
      }

      assertThat(now()).isEqualTo(step == 5 ? List.of(10L, 20L) : List.of(1L, 2L));
    }
  }

  @Test
  void rollBack_whoRollsBackDiesToo_theNextOneRollsBackAgain() {
    ReadWriteLock lock = locks.readWriteLockWithUndo("rw", 256);
    changeAndDie(lock.write(), 4);
    WriteHold second = lock.update();
    assertThat(second.undo().rollBack(data)).isEqualTo(2);
    data.segment().set(JAVA_LONG, 0, 99); // half rolled back only
    second.abandon();

    try (WriteHold third = lock.write()) {
      assertThat(third.ownerDied()).isTrue();
      assertThat(third.undo().rollBack(data)).isEqualTo(2);
      third.markConsistent();
      assertThat(third.undo().isPresent()).isFalse();
    }
    assertThat(now()).containsExactly(1L, 2L);
  }

  @Test
  void rollBack_inARepair_letsLockGoOn() {
    Mutex mutex = locks.mutexWithUndo("m", 256);
    changeAndDie(mutex.hold(), 3);
    assertThatThrownBy(mutex::lock).isInstanceOf(OwnerDiedException.class);
    Mutex repaired = mutex.repairedBy(held -> held.undo().rollBack(data));

    repaired.lock();
    repaired.unlock();

    assertThat(now()).containsExactly(1L, 2L);
    try (Hold held = mutex.hold()) {
      assertThat(held.undo().isPresent()).isFalse();
    }
  }

  @Test
  void rollBack_readerThatComesFirst_repairsAsTheWriter() {
    ReadWriteLock lock = locks.readWriteLockWithUndo("rw", 256);
    changeAndDie(lock.write(), 2);

    lock.repairedBy(held -> held.undo().rollBack(data)).read().close();

    assertThat(now()).containsExactly(1L, 2L);
  }

  @Test
  void rollBack_ownerProcessIsGone_nextOwnerFindsTheRecord() {
    Space other = space();
    Region theirs = other.writableRegion("data");
    Hold held = Locks.of(other).mutexWithUndo("m", 64).hold();
    held.undo().save(theirs, 0, 16);
    theirs.segment().set(JAVA_LONG, 0, 10);
    other.close();

    try (Hold next = locks.mutex("m").hold()) {
      assertThat(next.undo().rollBack(data)).isEqualTo(1);
      next.markConsistent();
    }
    assertThat(now()).containsExactly(1L, 2L);
  }

  @Test
  void rollBack_overlappingRanges_firstSavedWins() {
    Mutex mutex = locks.mutexWithUndo("m", 256);
    try (Hold held = mutex.hold()) {
      held.undo().save(data, 0, 8);
      put(5, 6);
      held.undo().save(data, 0, 13); // not a multiple of eight
      put(7, -1);

      assertThat(held.undo().rollBack(data)).isEqualTo(2);

      assertThat(now()).containsExactly(1L, (-1L << 40) | 6);
    }
  }

  // ---- a record's life -------------------------------------------------------------------------

  @Test
  void record_whenReleased_isGone() {
    Mutex mutex = locks.mutexWithUndo("m", 256);
    try (Hold held = mutex.hold()) {
      held.undo().save(new byte[] {1, 2, 3});
      assertThat(held.undo().read()).contains(new byte[] {1, 2, 3});
      mutex.lock();
      mutex.unlock();
      assertThat(held.undo().isPresent()).as("only the last release counts").isTrue();
    }
    try (Hold held = mutex.hold()) {
      assertThat(held.undo().read()).isEmpty();
      assertThat(held.undo().rollBack(data)).isZero();
    }
  }

  @Test
  void record_whenDowngraded_isGone() {
    ReadWriteLock lock = locks.readWriteLockWithUndo("rw", 256);
    try (WriteHold held = lock.write()) {
      held.undo().save(data, 0, 8);
      held.downgrade();
      assertThat(held.undo().isPresent()).isFalse();
    }
  }

  @Test
  void record_whenReadersAreLetIn_isGone() {
    ReadWriteLock lock = locks.readWriteLockWithUndo("rw", 256);
    ReadWriteLock elsewhere = locks().readWriteLock("rw");
    WriteHold held = lock.write();
    held.undo().save(data, 0, 8);
    Future<?> reading = run(() -> elsewhere.read().close());
    awaitWaiters(locks, "rw", 1);

    held.close();

    get(reading);
    try (WriteHold next = lock.write()) {
      assertThat(next.undo().isPresent()).isFalse();
    }
  }

  @Test
  void record_whenReset_isGone() {
    Mutex mutex = locks.mutexWithUndo("m", 256);
    changeAndDie(mutex.hold(), 2);
    mutex.hold().close(); // without an answer

    assertThat(locks.reset("m")).isTrue();

    try (Hold held = mutex.hold()) {
      assertThat(held.undo().isPresent()).isFalse();
    }
  }

  @Test
  void record_ofAPlacedLock_isBesideIt() {
    try (PlacedLocks placed = locks.placed("data")) {
      Mutex mutex = placed.placeMutexWithUndo(64, 100);
      changeAndDie(mutex.hold(), 4);
      Words words = Words.over(data.segment());
      assertThat(words.get(64 + 48)).isEqualTo(72L << 32 | 13 << 16);
      assertThat(words.get(128)).isEqualTo(UndoRecord.RANGES);
      assertThat(words.get(136)).isEqualTo(data.id().handle());

      try (Hold next = placed.mutex(64).hold()) {
        assertThat(next.undo().capacity()).isEqualTo(104);
        assertThat(next.undo().rollBack(data)).isEqualTo(2);
        next.markConsistent();
      }
      ReadWriteLock lock = placed.placeReadWriteLockWithUndo(512, 64);
      changeAndDie(lock.write(), 2);
      lock.write().close();
      assertThat(placed.reset(512)).isTrue();
      try (WriteHold held = lock.write()) {
        assertThat(held.undo().isPresent()).isFalse();
      }
    }
    assertThat(now()).containsExactly(10L, 2L);
  }

  // ---- refusals --------------------------------------------------------------------------------

  @Test
  void undo_ofALockWithoutRoom_isRefused() {
    try (Hold held = locks.mutex("m").hold()) {
      assertThatThrownBy(held::undo)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("lock has no room for an undo record: name=m");
    }
  }

  @Test
  void mutexWithUndo_foundWithLess_isRefused() {
    locks.mutexWithUndo("m", 9);

    assertThat(locks.mutexWithUndo("m", 16).name()).isEqualTo("m");
    assertThatThrownBy(() -> locks.mutexWithUndo("m", 17))
        .isInstanceOf(WrongLockKindException.class)
        .hasMessageContaining("name=m, found=16 bytes, asked=24");
    assertThatThrownBy(() -> locks.mutexWithUndo("n", -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> locks.mutexWithUndo("n", 65_537))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void save_more_thanThereIsRoom_changesNothing() {
    try (Hold held = locks.mutexWithUndo("m", 64).hold()) {
      held.undo().save(data, 0, 32);

      assertThatThrownBy(() -> held.undo().save(data, 32, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("undo record does not fit: lock=m, bytes=32, used=64, capacity=64");
      assertThatThrownBy(() -> held.undo().save(new byte[1]))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> held.undo().save(data, 4090, 8))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThat(held.undo().rollBack(data)).isEqualTo(1);
    }
  }

  @Test
  void save_byAnUpdaterOrAfterwards_isRefused() {
    ReadWriteLock lock = locks.readWriteLockWithUndo("rw", 64);
    UndoRecord record;
    try (WriteHold held = lock.update()) {
      record = held.undo();
      assertThatThrownBy(() -> held.undo().save(new byte[1]))
          .isInstanceOf(IllegalMonitorStateException.class)
          .hasMessageContaining("upgrade first");
    }
    assertThatThrownBy(record::isPresent).isInstanceOf(IllegalMonitorStateException.class);
  }

  @Test
  void rollBack_ofAnotherForm_isRefused() {
    try (Hold held = locks.mutexWithUndo("m", 64).hold()) {
      held.undo().save(new byte[1]);

      assertThatThrownBy(() -> held.undo().rollBack(data))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> held.undo().save(data, 0, 1))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void rollBack_withoutTheRegion_writesNothing() {
    try (Region other = space.create(RegionSpec.named("other").bytes(64));
        Hold held = locks.mutexWithUndo("m", 256).hold()) {
      held.undo().save(data, 0, 8);
      held.undo().save(other, 0, 8);
      put(5, 6);

      assertThatThrownBy(() -> held.undo().rollBack(data))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(String.format(Locale.ROOT, "region=%s", other.id()));
      assertThat(now()).containsExactly(5L, 6L);
      assertThat(held.undo().rollBack(data, other)).isEqualTo(2);
    }
  }

  @Test
  void rollBack_damagedRecord_writesNothing() {
    try (PlacedLocks placed = locks.placed("data");
        Hold held = placed.placeMutexWithUndo(64, 64).hold()) {
      Words words = Words.over(data.segment());
      held.undo().save(data, 0, 8);
      put(5, 6);
      long[][] damages = {
        {144, 4096}, {144, -1}, {152, 1 << 20}, {152, -1}, {112, 44L << 32 | 8 << 16}
      };
      for (long[] damage : damages) {
        long before = words.get(damage[0]);
        words.set(damage[0], damage[1]);
        assertThatThrownBy(() -> held.undo().rollBack(data)).isInstanceOf(CorruptedException.class);
        words.set(damage[0], before);
      }
      words.set(112, 65L << 32 | 8 << 16);
      assertThatThrownBy(() -> held.undo().isPresent()).isInstanceOf(CorruptedException.class);
      words.set(112, 4L << 32 | 8 << 16);
      assertThatThrownBy(() -> held.undo().read()).isInstanceOf(CorruptedException.class);
      assertThat(now()).containsExactly(5L, 6L);
    }
  }
}
