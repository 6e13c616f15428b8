package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Space;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Cooperative preemption: of a mutex, of a read-write lock. */
@Timeout(120)
class CheckpointTest extends LocksTestBase {
  private final CountDownLatch end = new CountDownLatch(1);

  /** Another participant takes the lock and gives it back; its token. */
  private Future<Long> wants(Locks other, String name, Priority priority) {
    Future<Long> wants = start(() -> takeOnce(other, name, priority));
    awaitSleeper(other, name);
    return wants;
  }

  /** Waits until somebody waits for that lock and has marked it so. */
  private static void awaitSleeper(Locks locks, String name) {
    Locks.Core core = locks.core();
    long at = core.segment.lock(core.table.find(name).orElseThrow());
    awaitWaiters(locks, name, 1);
    await(() -> OwnerWord.hasWaiters(core.segment.words.get(at)));
  }

  private static long takeOnce(Locks locks, String name, Priority priority) {
    try (Hold held = locks.mutex(name).at(priority).hold()) {
      return held.token();
    }
  }

  @Test
  void checkpoint_nobodyWaits_keepsTheLock() {
    try (Hold held = locks().mutex("m").hold()) {
      assertThat(held.checkpoint()).isFalse();
      assertThat(held.token()).isEqualTo(1);
    }
  }

  @Test
  void checkpoint_oneOfTheSamePriorityWaits_keepsTheLock() {
    Future<Long> other;
    try (Hold held = locks().mutex("m").hold()) {
      other = wants(locks(), "m", Priority.NORMAL);

      assertThat(held.checkpoint()).isFalse();
      assertThat(held.token()).isEqualTo(1);
    }
    assertThat(get(other)).isEqualTo(2);
  }

  @Test
  void checkpoint_oneOfAHigherPriorityWaits_letsItGoFirst() {
    Mutex mutex = locks().mutex("m");
    try (Hold held = mutex.hold()) {
      Future<Long> other = wants(locks(), "m", Priority.HIGH);

      assertThat(held.checkpoint()).isTrue();

      assertThat(get(other)).isEqualTo(2);
      assertThat(held.token()).isEqualTo(3);
      assertThat(mutex.isHeldByCurrentThread()).isTrue();
      assertThat(held.checkpoint()).isFalse();
    }
    assertThat(mutex.isHeldByCurrentThread()).isFalse();
  }

  @Test
  void checkpoint_ownerOfAHighPriorityToo_keepsTheLock() {
    Future<Long> other;
    try (Hold held = locks().mutex("m").at(Priority.CRITICAL).hold()) {
      other = wants(locks(), "m", Priority.HIGH);

      assertThat(held.checkpoint()).isFalse();
    }
    assertThat(get(other)).isEqualTo(2);
  }

  @Test
  void checkpoint_moreUrgentThreadOfTheSameProcessQueues_isSeen() {
    Locks locks = locks();
    Hold held = locks.mutex("m").hold();
    Future<Long> first = wants(locks, "m", Priority.NORMAL);
    Future<Long> second = start(() -> takeOnce(locks, "m", Priority.HIGH));
    MutexCore core = locks.mutex("m").core();
    await(() -> core.isMoreUrgentHere(Priority.NORMAL));

    assertThat(held.checkpoint()).isTrue();

    held.close();
    assertThat(get(first)).isEqualTo(2);
    assertThat(get(second)).isGreaterThan(2);
  }

  @Test
  void checkpoint_waiterKeepsAMoreUrgentOneWaiting_inherits() {
    Locks other = locks();
    Future<Long> waiter;
    try (Hold held = locks().mutex("m").hold()) {
      waiter =
          start(() -> {
            try (Hold outer = other.mutex("outer").hold()) {
              return outer.token() * takeOnce(other, "m", Priority.LOW);
            }
          });
      awaitSleeper(other, "m");
      assertThat(held.checkpoint()).isFalse();
      Future<Long> urgent = wants(locks(), "outer", Priority.CRITICAL);

      assertThat(held.checkpoint()).isTrue();

      assertThat(get(waiter)).isEqualTo(2);
      assertThat(get(urgent)).isEqualTo(2);
    }
  }

  @Test
  void checkpoint_ownerKeepsAMoreUrgentOneWaitingElsewhere_keepsTheLock() {
    Locks mine = locks();
    Future<Long> high;
    Future<Long> critical;
    try (Hold held = mine.mutex("m").hold();
        Hold outer = mine.mutex("outer").hold()) {
      high = wants(locks(), "m", Priority.HIGH);
      critical = wants(locks(), "outer", Priority.CRITICAL);

      assertThat(held.checkpoint()).isFalse();
      assertThat(outer.checkpoint()).isTrue();
    }
    assertThat(get(high)).isEqualTo(2);
    assertThat(get(critical)).isEqualTo(2);
  }

  @Test
  void checkpoint_ownedTwice_keepsTheLock() {
    Mutex mutex = locks().mutex("m");
    Future<Long> other;
    try (Hold outer = mutex.hold()) {
      other = wants(locks(), "m", Priority.HIGH);
      try (Hold inner = mutex.hold()) {
        assertThat(inner.checkpoint()).isFalse();
        assertThat(outer.checkpoint()).isFalse();
      }
      assertThat(outer.checkpoint()).isTrue();
    }
    assertThat(get(other)).isEqualTo(2);
  }

  @Test
  void checkpoint_ownerDiedAndNotMarkedConsistent_keepsTheLock() {
    locks().mutex("m").hold().abandon();
    Future<Long> other;
    try (Hold held = locks().mutex("m").hold()) {
      other = wants(locks(), "m", Priority.HIGH);

      assertThat(held.checkpoint()).isFalse();
      held.markConsistent();
      assertThat(held.checkpoint()).isTrue();
    }
    assertThat(get(other)).isEqualTo(3);
  }

  @Test
  void checkpoint_otherDiesInside_ownerIsTold() {
    Space dying = space();
    Locks other = Locks.of(dying);
    Locks mine = locks();
    try (Hold held = mine.mutex("m").hold()) {
      Future<?> owns =
          run(() -> {
            var _ = other.mutex("m").at(Priority.HIGH).hold();
            awaitEnd();
          });
      awaitSleeper(mine, "m");
      Future<?> killer =
          run(() -> {
            await(() -> mine.list().getFirst().token() == 2);
            dying.close();
          });

      assertThat(held.checkpoint()).isTrue();

      assertThat(held.ownerDied()).isTrue();
      held.markConsistent();
      end.countDown();
      get(killer);
      get(owns);
    }
  }

  private void awaitEnd() {
    try {
      end.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void checkpoint_victimOfADeadlock_theHoldIsOver() {
    Locks mine = locks();
    Locks other = locks();
    Mutex mutex = mine.mutex("m");
    Hold inner = mine.mutex("inner").hold();
    Hold held = mutex.hold();
    Future<Long> ring =
        start(() -> {
          try (Hold urgent = other.mutex("m").at(Priority.HIGH).hold()) {
            return urgent.token() + takeOnce(other, "inner", Priority.HIGH);
          }
        });
    awaitSleeper(other, "m");

    assertThatThrownBy(held::checkpoint).isInstanceOf(DeadlockException.class);

    assertThat(mutex.isHeldByCurrentThread()).isFalse();
    assertThatThrownBy(held::ownerDied).isInstanceOf(IllegalMonitorStateException.class);
    held.close(); // does nothing
    inner.close();
    assertThat(get(ring)).isEqualTo(4);
  }

  @Test
  void checkpoint_spaceClosedMeanwhile_isRefusedAndTheHoldIsOver() {
    Space closing = space();
    Hold held = Locks.of(closing).mutex("m").hold();
    Locks other = locks();
    Callable<Long> keeps =
        () -> {
          try (Hold urgent = other.mutex("m").at(Priority.HIGH).hold()) {
            awaitEnd();
            return urgent.token();
          }
        };
    Future<Long> keeping = start(keeps);
    awaitSleeper(other, "m");
    Future<?> closer =
        run(() -> {
          await(() -> other.list().getFirst().token() == 2);
          closing.close();
        });

    assertThatThrownBy(held::checkpoint).isInstanceOf(LocksClosedException.class);

    end.countDown();
    assertThat(get(keeping)).isEqualTo(2);
    get(closer);
    held.close(); // does nothing
  }

  @Test
  void checkpoint_afterClose_isRefused() {
    Hold held = locks().mutex("m").hold();
    held.close();

    assertThatThrownBy(held::checkpoint).isInstanceOf(IllegalMonitorStateException.class);
  }

  @Test
  void checkpoint_inARepairOrATransaction_keepsTheLock() {
    Locks locks = locks();
    locks.mutex("m").hold().abandon();
    Mutex repaired = locks.mutex("m").repairedBy(held -> assertThat(held.checkpoint()).isFalse());
    repaired.hold().close();
    Future<Long> other;
    try (LockTransaction transaction = locks.transaction(TransactionPolicy.WAIT_DIE);
        Hold held = transaction.lock(locks.mutex("m"))) {
      other = wants(locks(), "m", Priority.HIGH);

      assertThat(held.checkpoint()).isFalse();
    }
    assertThat(get(other)).isPositive();
  }

  // ---- read-write locks ------------------------------------------------------------------------

  @Test
  void checkpoint_writerAndAMoreUrgentReader_letsItRead() {
    Locks other = locks();
    try (WriteHold held = locks().readWriteLock("rw").write()) {
      Future<Boolean> reads =
          start(() -> {
            try (ReadHold _ = other.readWriteLock("rw").at(Priority.HIGH).read()) {
              return true;
            }
          });
      awaitSleeper(other, "rw");

      assertThat(held.checkpoint()).isTrue();

      assertThat(get(reads)).isTrue();
      assertThat(held.isExclusive()).isTrue();
      assertThat(held.token()).isEqualTo(2);
    }
  }

  @Test
  void checkpoint_updaterAndAMoreUrgentWriter_letsItWrite() {
    Locks other = locks();
    try (WriteHold held = locks().readWriteLock("rw").update()) {
      Future<Long> writes =
          start(() -> {
            try (WriteHold write = other.readWriteLock("rw").at(Priority.CRITICAL).write()) {
              return write.token();
            }
          });
      awaitSleeper(other, "rw");

      assertThat(held.checkpoint()).isTrue();

      assertThat(get(writes)).isEqualTo(2);
      assertThat(held.isExclusive()).isFalse();
      held.upgrade();
      assertThat(held.isExclusive()).isTrue();
    }
  }

  @Test
  void checkpoint_writerThatReadsToo_keepsTheLock() {
    ReadWriteLock lock = locks().readWriteLock("rw");
    Locks other = locks();
    Future<Boolean> reads;
    try (WriteHold held = lock.write()) {
      reads =
          start(() -> {
            try (ReadHold _ = other.readWriteLock("rw").at(Priority.HIGH).read()) {
              return true;
            }
          });
      awaitSleeper(other, "rw");
      try (ReadHold _ = lock.read()) {
        assertThat(held.checkpoint()).isFalse();
      }
      assertThat(held.checkpoint()).isTrue();
    }
    assertThat(get(reads)).isTrue();
  }
}
