package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Space;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ReadWriteLockTest extends LocksTestBase {
  private static final Duration SOON = Duration.ofMillis(20);

  private int value;
  private int copy;

  private static boolean isRefused(Runnable attempt) {
    try {
      attempt.run();
      return false;
    } catch (LockTimeoutException e) {
      return true;
    }
  }

  private boolean isRefusedElsewhere(Runnable attempt) {
    return get(start(() -> isRefused(attempt)));
  }

  @Test
  void read_manyParticipants_together() {
    ReadWriteLock here = locks().readWriteLock("rw");
    ReadWriteLock there = locks().readWriteLock("rw");

    try (ReadHold _ = here.read();
        ReadHold _ = there.read();
        ReadHold _ = there.read()) {
      assertThat(isRefusedElsewhere(() -> here.write(SOON))).isTrue();
      assertThat(isRefusedElsewhere(() -> there.write(SOON))).isTrue();
    }
    here.write().close();
  }

  @Test
  void write_excludes_everybody() {
    ReadWriteLock here = locks().readWriteLock("rw");
    ReadWriteLock there = locks().readWriteLock("rw");

    try (WriteHold held = here.write()) {
      assertThat(held.isExclusive()).isTrue();
      assertThat(isRefusedElsewhere(() -> there.read(SOON))).isTrue();
      assertThat(isRefusedElsewhere(() -> there.update(SOON))).isTrue();
      assertThat(isRefusedElsewhere(() -> here.read(SOON))).isTrue();
      assertThat(get(start(here::tryRead))).isEmpty();
    }
    there.read().close();
  }

  @Test
  void update_besideReaders_excludesUpdateAndWrite() {
    ReadWriteLock here = locks().readWriteLock("rw");
    ReadWriteLock there = locks().readWriteLock("rw");

    try (WriteHold held = here.update()) {
      assertThat(held.isExclusive()).isFalse();
      get(run(() -> there.read().close()));
      assertThat(isRefusedElsewhere(() -> there.update(SOON))).isTrue();
      assertThat(isRefusedElsewhere(() -> there.write(SOON))).isTrue();
    }
  }

  @Test
  void upgrade_waitsForReaders_andKeepsNewOnesOut() {
    Locks locks = locks();
    ReadWriteLock here = locks.readWriteLock("rw");
    ReadWriteLock there = locks().readWriteLock("rw");
    ReadHold reading = there.read();
    Future<Boolean> upgraded =
        start(() -> {
          try (WriteHold held = here.update()) {
            held.upgrade();
            return held.isExclusive();
          }
        });
    await(() -> locks.users().stream().anyMatch(user -> user.waitsFor().isPresent()));

    assertThat(isRefusedElsewhere(() -> there.read(SOON))).isTrue();
    reading.close();

    assertThat(get(upgraded)).isTrue();
    there.read().close();
  }

  @Test
  void upgrade_notInTime_isAnUpdateStill() {
    ReadWriteLock here = locks().readWriteLock("rw");
    ReadWriteLock there = locks().readWriteLock("rw");
    try (ReadHold _ = there.read()) {
      get(
          run(() -> {
            try (WriteHold held = here.update()) {
              assertThatThrownBy(() -> held.upgrade(SOON)).isInstanceOf(LockTimeoutException.class);
              assertThat(held.isExclusive()).isFalse();
            }
          }));
      get(run(() -> there.read().close()));
    }
  }

  @Test
  void downgrade_letsReadersIn_andNoWriter() {
    ReadWriteLock here = locks().readWriteLock("rw");
    ReadWriteLock there = locks().readWriteLock("rw");
    WriteHold writing = here.write();

    writing.downgrade();
    get(run(() -> there.read().close()));
    assertThat(isRefusedElsewhere(() -> there.write(SOON))).isTrue();
    ReadHold reading = writing.downgradeToRead();
    assertThat(isRefusedElsewhere(() -> there.write(SOON))).isTrue();
    reading.close();

    there.write().close();
  }

  @Test
  void downgradeToRead_withAWaitingWriter_readsOn() {
    Locks locks = locks();
    ReadWriteLock here = locks.readWriteLock("rw");
    ReadWriteLock there = locks().readWriteLock("rw");
    WriteHold writing = here.write();
    Future<?> next = run(() -> there.write().close());
    awaitWaiters(locks, "rw", 1);

    ReadHold reading = writing.downgradeToRead();
    assertThat(next.isDone()).isFalse();
    reading.close();

    get(next);
  }

  @Test
  void read_again_whileAWriterWaits_goesIn() {
    Locks locks = locks();
    ReadWriteLock here = locks.readWriteLock("rw");
    ReadWriteLock there = locks().readWriteLock("rw");
    ReadHold first = here.read();
    Future<?> writer = run(() -> there.write().close());
    await(() -> locks.users().stream().anyMatch(user -> user.waitsFor().isPresent()));

    here.read(SOON).close();
    first.close();

    get(writer);
  }

  @Test
  void write_byAReader_isRefused() {
    ReadWriteLock lock = locks().readWriteLock("rw");
    try (ReadHold _ = lock.read()) {
      assertThatThrownBy(lock::write)
          .isInstanceOf(IllegalMonitorStateException.class)
          .hasMessageContaining("update()");
    }
    try (WriteHold _ = lock.update()) {
      assertThatThrownBy(lock::write).isInstanceOf(IllegalMonitorStateException.class);
    }
  }

  @Test
  void write_whenReadersWaited_theyGoInTogetherBeforeTheNextWriter() {
    Locks locks = locks();
    ReadWriteLock here = locks.readWriteLock("rw");
    ReadWriteLock there = locks().readWriteLock("rw");
    ReadWriteLock elsewhere = locks().readWriteLock("rw");
    WriteHold writing = here.write();
    AtomicInteger inside = new AtomicInteger();
    List<Future<?>> readers = new ArrayList<>();
    for (ReadWriteLock lock : List.of(there, elsewhere)) {
      readers.add(
          run(() -> {
            try (ReadHold _ = lock.read()) {
              inside.incrementAndGet();
              await(() -> inside.get() == 2); // each waits for the other: they are together
            }
          }));
    }
    awaitWaiters(locks, "rw", 2);
    Future<Integer> next =
        start(() -> {
          try (WriteHold _ = there.write()) {
            return inside.get();
          }
        });
    awaitWaiters(locks, "rw", 3);

    writing.close();

    readers.forEach(LocksTestBase::get);
    assertThat(get(next)).isEqualTo(2);
  }

  @Test
  void write_ownerEnded_aReaderRepairs() throws Exception {
    ReadWriteLock lock = locks().readWriteLock("rw");
    Thread.ofPlatform().start(lock::write).join();

    assertThatThrownBy(lock::read).isInstanceOf(OwnerDiedException.class);
    AtomicInteger repairs = new AtomicInteger();
    lock.repairedBy(_ -> repairs.incrementAndGet()).read().close();

    lock.read().close();
    assertThat(repairs).hasValue(1);
  }

  @Test
  void read_readerEnded_writerGoesOn() throws Exception {
    ReadWriteLock lock = locks().readWriteLock("rw");
    ReadWriteLock there = locks().readWriteLock("rw");
    Thread.ofPlatform().start(lock::read).join();

    there.write().close();
  }

  /**
   * A reader that was granted and did not wake yet is inside: who dies after granting, or a writer
   * that comes before it, makes no difference.
   */
  @Test
  void write_whileSomebodyIsGrantedToRead_waitsForIt() {
    Space space = space();
    ReadWriteLock lock = Locks.of(space).readWriteLock("rw");
    WriteHold writing = lock.write();
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    ReadWriteLock there = locks().readWriteLock("rw");
    Future<?> reader =
        run(() -> {
          try (ReadHold _ = there.read()) {
            order.add("read");
          }
        });
    awaitWaiters(Locks.of(space), "rw", 1);
    grantToRead(core(space), "rw");
    writing.close();

    try (WriteHold _ = locks().readWriteLock("rw").write()) {
      order.add("write");
    }

    get(reader);
    assertThat(order).containsExactly("read", "write");
  }

  /** As a leaving writer does that dies before it wakes anybody. */
  private static void grantToRead(Locks.Core core, String name) {
    long key = WaitWord.key(core.table.find(name).orElseThrow());
    long waitWord = WaitWord.of(key, WaitWord.READ);
    core.waiters.each(key, WordLock.READERS, context -> !core.waiters.grant(context, waitWord));
  }

  @Test
  void read_biased_processStaysAReaderUntilAWriterAsks() {
    Space space = space();
    ReadWriteLock lock = Locks.of(space).readWriteLock("rw", Locks.ReadWriteOption.READ_BIASED);
    ReadWriteLock there = locks().readWriteLock("rw");

    lock.read().close();
    assertThat(isCellSet(core(space), "rw")).as("kept").isTrue();
    there.write().close();
    assertThat(isCellSet(core(space), "rw")).as("given to the writer").isFalse();

    int times = 0;
    do {
      lock.read().close();
      times++;
    } while (!isCellSet(core(space), "rw"));
    assertThat(times).as("a lock that is written is not kept at once").isGreaterThan(100);
  }

  @Test
  void read_biased_writerWaitsForWhoIsInside() {
    Space space = space();
    ReadWriteLock lock = Locks.of(space).readWriteLock("rw", Locks.ReadWriteOption.READ_BIASED);
    Locks there = locks();
    lock.read().close();
    ReadHold reading = lock.read();
    Future<?> writer = run(() -> there.readWriteLock("rw").write().close());
    awaitWaiters(there, "rw", 1);

    assertThat(writer.isDone()).isFalse();
    reading.close();

    get(writer);
    assertThat(isCellSet(core(space), "rw")).isFalse();
  }

  private static boolean isCellSet(Locks.Core core, String name) {
    LockSite site = core.table.site(core.table.find(name).orElseThrow());
    long slot = core.membership.me() & 0xFFFF;
    return site.words().get(site.cellsAt() + slot * Long.BYTES) != 0;
  }

  @Test
  void mixture_ofReadersAndWriters_seesNoHalfWrites() {
    mixture(false);
  }

  @Test
  void mixture_readBiased_seesNoHalfWrites() {
    mixture(true);
  }

  /** Many short ones: what goes wrong does so where threads begin and end. */
  private void mixture(boolean biased) {
    Locks here = locks();
    Locks there = locks();
    for (int round = 0; round < 50; round++) {
      value = 0;
      copy = 0;
      String name = "rw" + round;
      List<Future<?>> all = new ArrayList<>();
      for (Locks locks : List.of(here, there)) {
        ReadWriteLock lock =
            biased
                ? locks.readWriteLock(name, Locks.ReadWriteOption.READ_BIASED)
                : locks.readWriteLock(name);
        all.add(run(() -> write(lock, 300)));
        all.add(run(() -> check(lock, 3_000)));
        all.add(run(() -> check(lock, 3_000)));
        all.add(run(() -> checkOwning(locks.mutex("of" + all.size()), lock, 300)));
      }
      all.forEach(LocksTestBase::get);
      assertThat(value).isEqualTo(600);
    }
  }

  /** Who owns something waits in shared memory beside the others of its process, not after them. */
  private void checkOwning(Mutex owned, ReadWriteLock lock, int times) {
    try (Hold _ = owned.hold()) {
      check(lock, times);
    }
  }

  private void write(ReadWriteLock lock, int times) {
    for (int i = 0; i < times; i++) {
      try (WriteHold held = i % 2 == 0 ? lock.write() : lock.update()) {
        held.upgrade();
        value++;
        copy = value;
      }
    }
  }

  private void check(ReadWriteLock lock, int times) {
    for (int i = 0; i < times; i++) {
      try (ReadHold _ = lock.read()) {
        assertThat(copy).isEqualTo(value);
      }
    }
  }

  @Test
  void deadlock_byAWaitingWriterOnly_isReordered() {
    Locks locks = locks();
    ReadWriteLock one = locks.readWriteLock("rw");
    ReadWriteLock two = locks().readWriteLock("rw");
    Locks third = locks();
    Mutex mutex = third.mutex("m");
    ReadHold readsOne = one.read(); // reads rw, will wait for m
    Future<?> writer = run(() -> two.write().close()); // waits for the reader, keeps readers out
    await(() -> locks.users().stream().anyMatch(user -> user.waitsFor().isPresent()));
    Future<Boolean> owner =
        start(() -> {
          try (Hold _ = mutex.hold();
              ReadHold _ = third.readWriteLock("rw").read()) {
            return true;
          }
        });
    await(() -> locks.users().stream().filter(user -> user.waitsFor().isPresent()).count() == 2);

    locks.mutex("m").hold().close();

    assertThat(get(owner)).isTrue();
    readsOne.close();
    get(writer);
    assertThat(locks.list()).allMatch(lock -> lock.statistics().victims() == 0);
  }
}
