package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Words;
import dev.holdfast.region.CorruptedException;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionNotFoundException;
import dev.holdfast.region.RegionPolicy;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.sync.Locks.MutexOption;
import dev.holdfast.sync.Locks.ReadWriteOption;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@SuppressWarnings({"LockNotBeforeTry", "WaitNotInLoop"}) // taking and releasing is what is tested
class PlacedLocksTest extends LocksTestBase {
  private static final int BYTES = 1 << 16;
  private static final int AT = 128;

  /** A space that has the region open, and its locks. */
  private record Party(Space space, Region region, Locks all, PlacedLocks locks) {
    Words words() {
      return Words.over(region.segment());
    }
  }

  private Party first() {
    Space space = space();
    Region region =
        space.create(
            RegionSpec.named("data")
                .bytes(BYTES)
                .policy(RegionPolicy.referenceCounted(Duration.ZERO)));
    return party(space, region);
  }

  private Party second() {
    Space space = space();
    return party(space, space.writableRegion("data"));
  }

  private static Party party(Space space, Region region) {
    Locks locks = Locks.of(space);
    return new Party(space, region, locks, locks.placed("data"));
  }

  private static void awaitWaiter(Party party) {
    await(() -> party.all.users().stream().anyMatch(user -> user.waitsFor().isPresent()));
  }

  // ---- placing and opening ---------------------------------------------------------------------

  @Test
  void mutex_placedByOneOpenedByAnother_excludes() {
    Mutex here = first().locks.placeMutex(AT);
    Mutex there = second().locks.mutex(AT);

    try (Hold _ = here.hold()) {
      assertThat(got(there::tryLock)).isFalse();
    }

    assertThat(got(() -> there.tryHold().map(PlacedLocksTest::close).isPresent())).isTrue();
  }

  private boolean got(java.util.concurrent.Callable<Boolean> attempt) {
    return get(start(attempt));
  }

  private static boolean close(Hold hold) {
    hold.close();
    return true;
  }

  @Test
  void mutex_whenReleasedByOtherParticipant_wakes() {
    Party one = first();
    Mutex here = one.locks.placeMutex(AT);
    Mutex there = second().locks.mutex(AT);
    Hold held = here.hold();
    Future<Long> waiting =
        start(() -> {
          try (Hold got = there.hold()) {
            return got.token();
          }
        });
    awaitWaiter(one);
    long token = held.token();

    held.close();

    assertThat(get(waiting)).isGreaterThan(token);
  }

  @Test
  void readWriteLock_placed_readersShareAndWritersDoNot() {
    ReadWriteLock here = first().locks.placeReadWriteLock(AT, ReadWriteOption.READ_BIASED);
    ReadWriteLock there = second().locks.readWriteLock(AT);

    try (ReadHold _ = here.read();
        ReadHold _ = there.read()) {
      assertThatThrownBy(() -> get(start(() -> there.write(Duration.ZERO))))
          .hasCauseInstanceOf(LockTimeoutException.class);
    }
    try (WriteHold held = there.write()) {
      assertThat(held.isExclusive()).isTrue();
      assertThat(get(start(here::tryRead))).isEmpty();
    }
  }

  @Test
  void semaphore_placed_hasItsPermits() {
    Semaphore here = first().locks.placeSemaphore(AT, 3, MutexOption.FAIR);
    Semaphore there = second().locks.semaphore(AT);

    try (Semaphore.Permits two = here.hold(2)) {
      assertThat(two.count()).isEqualTo(2);
      assertThat(there.available()).isEqualTo(1);
      assertThat(there.tryHold(2)).isEmpty();
    }

    assertThat(there.permits()).isEqualTo(3);
    assertThat(there.available()).isEqualTo(3);
  }

  @Test
  void place_bytes_areThoseOfTheLayout() {
    Party one = first();
    one.locks.placeMutex(AT, MutexOption.FAIR);
    one.locks.placeSemaphore(512, 5);

    byte[] magic = one.words().getBytes(AT + 40, 8);

    assertThat(magic).containsExactly('H', 'F', 'L', 'O', 'C', 'K', 1, 1);
    assertThat(one.words().get(512 + 48)).isEqualTo(5);
    assertThat(one.locks.semaphoreBytes(5)).isEqualTo(104);
    assertThat(one.locks.mutexBytes()).isEqualTo(64);
    assertThat(one.locks.readWriteLockBytes()).isEqualTo(64 + 8 * 256);
    assertThat(one.locks.find(AT)).contains(LockKind.MUTEX);
    assertThat(one.locks.find(AT + 64)).isEmpty();
  }

  @Test
  void open_twiceInOneProcess_isOneLock() {
    Party one = first();
    Mutex mutex = one.locks.placeMutex(AT);
    try (PlacedLocks again = one.all.placed(one.region.id().toString())) {
      mutex.lock();
      again.mutex(AT).lock();

      assertThat(again.mutex(AT).isHeldByCurrentThread()).isTrue();
      again.mutex(AT).unlock();
    }
    assertThat(mutex.isHeldByCurrentThread()).as("others have it open").isTrue();
    mutex.unlock();
  }

  @Test
  void place_manyThousands_eachIsALock() {
    Party one = first();
    for (int offset = 0; offset < BYTES; offset += 64) {
      one.locks.placeMutex(offset).hold().close();
    }

    assertThat(second().locks.mutex(BYTES - 64).tryLock()).isTrue();
  }

  // ---- refusals --------------------------------------------------------------------------------

  @Test
  void place_misaligned_isRefused() {
    PlacedLocks locks = first().locks;

    assertThatThrownBy(() -> locks.placeMutex(8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("place not aligned: region=data, offset=8, alignment=64");
    assertThatThrownBy(() -> locks.mutex(-64)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void place_outsideTheRegion_isRefused() {
    PlacedLocks locks = first().locks;

    assertThatThrownBy(() -> locks.placeSemaphore(BYTES - 64, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lock does not fit into the region: region=data, offset=65472");
    assertThatThrownBy(() -> locks.mutex(BYTES)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> locks.mutex(Long.MAX_VALUE - 63))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void place_whereALockIs_isRefused() {
    PlacedLocks locks = first().locks;
    locks.placeMutex(AT + 64);

    assertThatThrownBy(() -> locks.placeMutex(AT + 64))
        .isInstanceOf(PlaceTakenException.class)
        .hasMessageContaining("there is a lock in the way: region=data, offset=192");
    assertThatThrownBy(() -> locks.placeSemaphore(AT, 1)).isInstanceOf(PlaceTakenException.class);
  }

  @Test
  void open_whereNoLockIs_isRefused() {
    PlacedLocks locks = first().locks;

    assertThatThrownBy(() -> locks.mutex(AT))
        .isInstanceOf(LockNotFoundException.class)
        .hasMessageContaining("no lock is placed there: region=data, offset=128");
  }

  @Test
  void open_ofAnotherKind_isRefused() {
    PlacedLocks locks = first().locks;
    locks.placeMutex(AT);

    assertThatThrownBy(() -> locks.semaphore(AT))
        .isInstanceOf(WrongLockKindException.class)
        .hasMessageContaining("found=mutex, asked=semaphore");
  }

  @Test
  void placed_inNoRegion_isRefused() {
    Locks locks = locks();

    assertThatThrownBy(() -> locks.placed("none")).isInstanceOf(RegionNotFoundException.class);
  }

  @Test
  void semaphore_ofImpossiblePermits_isRefused() {
    PlacedLocks locks = first().locks;

    assertThatThrownBy(() -> locks.placeSemaphore(AT, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void condition_placed_isTheOneWithoutAName() {
    Mutex mutex = first().locks.placeMutex(AT);

    assertThatThrownBy(() -> mutex.condition("full"))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("asked=full");
  }

  // ---- hostile bytes ---------------------------------------------------------------------------

  @Test
  void open_damagedSize_isRefused() {
    Party one = first();
    one.locks.placeReadWriteLock(AT);
    one.words().set(AT + 48, 3);

    assertThatThrownBy(() -> one.locks.readWriteLock(AT))
        .isInstanceOf(CorruptedException.class)
        .hasMessageContaining("placed lock is damaged: region=data, offset=128");
  }

  @Test
  void open_unknownKind_isRefused() {
    Party one = first();
    one.locks.placeMutex(AT);
    one.words().or(AT + 40, 0x7FL << 48);

    assertThatThrownBy(() -> one.locks.mutex(AT)).isInstanceOf(WrongLockKindException.class);
    assertThat(one.locks.find(AT)).isEmpty();
  }

  @Test
  void lock_everyHostileOwnerWord_isAnAnswerAndNoCrash() {
    Party one = first();
    ReadWriteLock lock = one.locks.placeReadWriteLock(AT);
    Mutex mutex = one.locks.placeMutex(0);
    for (long word :
        new long[] {-1, 1, 0xFFFF, 0x1FFF_0000_0000_FFFFL, 0x3FFF_FFFF_FFFF_FFFFL, 1L << 61}) {
      one.words().set(AT, word);
      one.words().set(0, word);
      one.words().set(AT + 64, word); // a reader's cell
      answer(() -> lock.read(Duration.ofMillis(1)).close());
      answer(() -> lock.write(Duration.ofMillis(1)).abandon());
      answer(() -> mutex.hold(Duration.ofMillis(1)).abandon());
    }
  }

  /** Whatever the bytes say: the lock, or a refusal of ours. */
  private static void answer(Runnable attempt) {
    try {
      attempt.run();
    } catch (LockTimeoutException | NotRecoverableException | OwnerDiedException expected) {
      assertThat(expected).hasMessageContaining("data[");
    }
  }

  // ---- deaths ----------------------------------------------------------------------------------

  @Test
  void hold_ownerDiedHoldingIt_nextOwnerIsTold() {
    Party one = first();
    Party two = second();
    Hold held = one.locks.placeMutex(AT).hold();
    assertThat(held.ownerDied()).isFalse();

    one.space.close(); // leaves it as a dead owner does

    try (Hold next = two.locks.mutex(AT).hold()) {
      assertThat(next.ownerDied()).isTrue();
      next.markConsistent();
    }
  }

  @Test
  void hold_threadEndedHoldingIt_nextOwnerIsTold() {
    Party one = first();
    get(start(one.locks.placeMutex(AT)::hold));

    try (Hold next = second().locks.mutex(AT).hold()) {
      assertThat(next.ownerDied()).isTrue();
      next.markConsistent();
    }
  }

  @Test
  void reset_notRecoverable_isUsableAgain() {
    Party one = first();
    Mutex mutex = one.locks.placeMutex(AT);
    mutex.hold().abandon();
    mutex.hold().close();
    assertThatThrownBy(mutex::lock)
        .isInstanceOf(NotRecoverableException.class)
        .hasMessageContaining("holdfast locks --reset data[128]");

    assertThat(one.all.reset("data[128]")).isTrue();

    assertThat(mutex.tryLock()).isTrue();
    assertThat(one.all.reset("data[128]")).isFalse();
  }

  @Test
  void open_inAnEarlierLifesBytes_ownersCountAsDead() {
    Party one = first();
    one.locks.placeMutex(AT).lock();
    one.locks.placeSemaphore(512, 2).hold(2);
    Space space = one.space;
    try (Region copy = space.create(RegionSpec.named("copy").bytes(BYTES))) {
      copy.segment().copyFrom(one.region.segment());
      try (PlacedLocks locks = one.all.placed("copy")) {
        assertThat(locks.semaphore(512).available()).isEqualTo(2);
        try (Hold held = locks.mutex(AT).hold(Duration.ZERO)) {
          assertThat(held.ownerDied()).isTrue();
          held.markConsistent();
        }
      }
    }
  }

  @Test
  void open_inAFileOfAnEarlierSpace_ownersCountAsDead(@TempDir Path files) throws IOException {
    Path file = Files.write(files.resolve("data"), new byte[BYTES]);
    RegionSpec spec = RegionSpec.named("data").file(file);
    try (Space space = space()) {
      space.create(spec);
      Locks.of(space).placed("data").placeMutex(AT).lock();
    }
    try (Space space = space()) {
      space.create(spec);
      try (Hold held = Locks.of(space).placed("data").mutex(AT).hold(Duration.ZERO)) {
        assertThat(held.ownerDied()).isTrue();
        held.markConsistent();
      }
    }
  }

  // ---- deadlocks and reports -------------------------------------------------------------------

  @Test
  void hold_ringThroughPlacedLocksOfTwoParticipants_oneIsToldAndTheOtherGoesOn() {
    Party one = first();
    one.locks.placeMutex(0);
    one.locks.placeMutex(64);
    Party two = second();

    Future<String> here = start(() -> takeBoth(one, 0, 64));
    Future<String> there = start(() -> takeBoth(two, 64, 0));

    assertThat(List.of(get(here), get(there))).containsOnlyOnce("both");
    assertThat(get(here) + get(there)).contains("data[0]").contains("data[64]");
  }

  @Test
  void transaction_ofPlacedMutexes_youngerDiesWhereAnOlderOwns() {
    Party one = first();
    one.locks.placeMutex(0);
    one.locks.placeMutex(64);
    Party two = second();
    try (LockTransaction older = one.all.transaction(TransactionPolicy.WAIT_DIE)) {
      older.lock(one.locks.mutex(0));

      Future<?> younger =
          run(() -> {
            try (LockTransaction tx = two.all.transaction(TransactionPolicy.WAIT_DIE)) {
              tx.lock(two.locks.mutex(64));
              tx.lock(two.locks.mutex(0));
            }
          });

      assertThatThrownBy(() -> get(younger))
          .hasCauseInstanceOf(TransactionDiedException.class)
          .hasStackTraceContaining("lock=data[0]");
    }
  }

  private final java.util.concurrent.CyclicBarrier bothHaveOne =
      new java.util.concurrent.CyclicBarrier(2);

  private String takeBoth(Party party, long firstAt, long secondAt) throws Exception {
    try (Hold _ = party.locks.mutex(firstAt).hold()) {
      bothHaveOne.await();
      try (Hold _ = party.locks.mutex(secondAt).hold()) {
        return "both";
      } catch (DeadlockException victim) {
        return String.valueOf(victim.getMessage());
      }
    }
  }

  @Test
  void users_waitForAPlacedLock_areShownTheRegion() {
    Party one = first();
    Mutex mutex = one.locks.placeMutex(AT);
    Locks elsewhere = locks(); // has not opened the region's locks
    try (Hold _ = mutex.hold()) {
      assertThat(elsewhere.users())
          .anySatisfy(user -> assertThat(user.owns()).contains("data[128] (exclusive)"));
    }
  }

  @Test
  void await_conditionOfAPlacedMutex_isSignalledByAnotherParticipant() throws Exception {
    Party one = first();
    Mutex here = one.locks.placeMutex(AT);
    Mutex there = second().locks.mutex(AT);
    AtomicReference<String> said = new AtomicReference<>("");
    Future<String> waiting =
        start(() -> {
          there.lock();
          try {
            Condition condition = there.newCondition();
            while (said.get().isEmpty()) {
              condition.await();
            }
            return said.get();
          } finally {
            there.unlock();
          }
        });
    awaitWaiter(one);

    here.lock();
    said.set("news");
    here.newCondition().signal();
    here.unlock();

    assertThat(get(waiting)).isEqualTo("news");
  }

  // ---- closing ---------------------------------------------------------------------------------

  @Test
  void close_afterTheSpace_isANoOp() {
    Party one = first();
    one.locks.placeMutex(AT);
    one.space.close();

    one.locks.close();

    assertThat(one.locks).hasToString("PlacedLocks[data, closed]");
    assertThatThrownBy(() -> one.locks.mutex(AT)).isInstanceOf(LocksClosedException.class);
    assertThatThrownBy(() -> one.all.placed("data")).isInstanceOf(LocksClosedException.class);
  }

  @Test
  void close_ofTheRegion_takesNothingFromItsLocks() {
    Party one = first();
    Mutex mutex = one.locks.placeMutex(AT);

    one.region.close();

    mutex.hold().close();
    assertThat(one.space.find("data")).isPresent();
    one.locks.close();
    assertThat(one.space.find("data")).as("nobody holds it any more").isEmpty();
  }

  @Test
  void close_whileSomebodyWaits_sendsItAway() {
    Party one = first();
    Party two = second();
    Mutex mutex = two.locks.placeMutex(AT);
    ReadWriteLock lock = two.locks.placeReadWriteLock(512);
    try (Hold _ = one.locks.mutex(AT).hold();
        Hold _ = one.locks.readWriteLock(512).write()) {
      Future<?> waiting = run(mutex::lock);
      Future<?> reading = run(lock::read);
      await(
          () -> one.all.users().stream().filter(user -> user.waitsFor().isPresent()).count() == 2);

      two.locks.close();

      assertThatThrownBy(() -> get(waiting)).hasCauseInstanceOf(LocksClosedException.class);
      assertThatThrownBy(() -> get(reading)).hasCauseInstanceOf(LocksClosedException.class);
    }
    assertThat(two.space.openRegions()).hasSize(1); // that of the party
    assertThatThrownBy(mutex::lock).isInstanceOf(LocksClosedException.class);
    assertThatThrownBy(mutex::tryLock).isInstanceOf(LocksClosedException.class);
    assertThatThrownBy(lock::read).isInstanceOf(LocksClosedException.class);
    assertThatThrownBy(lock::write).isInstanceOf(LocksClosedException.class);
    assertThatThrownBy(() -> two.locks.mutex(AT)).isInstanceOf(LocksClosedException.class);
    two.locks.close();
  }

  @Test
  void close_whileOwned_takesNothingFromItsOwner() {
    Party one = first();
    Mutex mutex = one.locks.placeMutex(AT);
    Semaphore semaphore = one.locks.placeSemaphore(512, 1);
    ReadWriteLock lock = one.locks.placeReadWriteLock(1024);
    Hold held = mutex.hold();

    one.locks.close();

    assertThat(mutex.isHeldByCurrentThread()).isTrue();
    assertThatThrownBy(() -> semaphore.hold(1)).isInstanceOf(LocksClosedException.class);
    assertThatThrownBy(lock::read).isInstanceOf(LocksClosedException.class);
    assertThatThrownBy(lock::write).isInstanceOf(LocksClosedException.class);
    assertThatThrownBy(lock::update).isInstanceOf(LocksClosedException.class);
    assertThatThrownBy(() -> get(start(mutex::hold)))
        .hasCauseInstanceOf(LocksClosedException.class);
    assertThatThrownBy(() -> one.all.placed("data"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a thread of this process still owns one: region=data");
    mutex.lock(); // its owner may come again
    mutex.unlock();
    held.close();
    await(() -> one.space.openRegions().size() == 1);
    assertThatThrownBy(mutex::lock).isInstanceOf(LocksClosedException.class);
    try (PlacedLocks again = one.all.placed("data");
        Hold next = again.mutex(AT).hold()) {
      assertThat(next.ownerDied()).isFalse();
    }
  }

  @Test
  void placed_againWhileAnotherThreadClosesThem_isNotRefused() {
    Party one = first();
    one.locks.placeMutex(AT);
    one.locks.close();
    Runnable openAndClose =
        () -> {
          for (int round = 0; round < 500; round++) {
            try (PlacedLocks mine = one.all.placed("data")) {
              mine.mutex(AT).hold().close();
            }
          }
        };

    Future<?> first = run(openAndClose);
    Future<?> second = run(openAndClose);

    get(first);
    get(second);
    await(() -> one.space.openRegions().size() == 1);
  }

  @Test
  void placed_againOnceItsOwnerReleased_doesNotWaitForTheNextTick() {
    Party one = first();
    Hold held = one.locks.placeMutex(AT).hold();
    one.locks.close();

    for (int round = 0; round < 100; round++) {
      held.close();
      try (PlacedLocks again = one.all.placed("data")) {
        held = again.mutex(AT).hold();
      }
    }
    held.close();
  }

  @Test
  void close_amidUse_leavesNoLockOwned() {
    Party one = first();
    one.locks.placeMutex(AT);
    Party two = second();
    for (int round = 0; round < 20; round++) {
      PlacedLocks mine = two.all.placed("data");
      two.locks.close();
      Mutex mutex = mine.mutex(AT);
      Future<?> using = run(() -> useUntilClosed(mutex));
      one.locks.mutex(AT).hold().close();

      mine.close();

      assertThatThrownBy(() -> get(using)).hasCauseInstanceOf(LocksClosedException.class);
      await(() -> two.space.openRegions().size() == 1);
      assertThat(one.words().get(AT) & ((1L << 48) - 1)).as("its owner").isZero();
      try (Hold held = one.locks.mutex(AT).hold(Duration.ZERO)) {
        held.markConsistent();
      }
    }
  }

  @SuppressWarnings("InfiniteLoopStatement") // the exception ends it
  private static void useUntilClosed(Mutex mutex) {
    while (true) {
      mutex.lock();
      mutex.unlock();
    }
  }

  @Test
  void mutex_regionRemovedAndItsSlotUsedAgain_isAnotherLock() {
    Party one = first();
    Mutex old = one.locks.placeMutex(AT);
    int slot = one.region.id().slot();
    one.locks.close();
    one.region.close();
    Space space = one.space;
    try (Region next = space.create(RegionSpec.named("next").bytes(BYTES));
        PlacedLocks locks = one.all.placed("next")) {
      assertThat(next.id().slot()).isEqualTo(slot);
      Mutex mutex = locks.placeMutex(AT);

      try (Hold _ = mutex.hold()) {
        assertThatThrownBy(old::tryLock).isInstanceOf(LocksClosedException.class);
      }
    }
  }

  @Test
  void remove_whileALockOfItIsOpen_waits() {
    Party one = first();
    Mutex mutex = one.locks.placeMutex(AT);
    MemorySegment view = one.region.segment();

    assertThat(one.space.removeForcibly("data")).isEqualTo(1);
    one.region.close();

    mutex.hold().close(); // the memory and the slot stay for as long as the lock is open
    assertThat(view.scope().isAlive()).isFalse();
    one.locks.close();
    assertThat(one.space.regions()).isEmpty();
  }

  // ---- for people ------------------------------------------------------------------------------

  @Test
  void placedInUse_ownedAndWaitedFor_saysWhatIsKnown() {
    Party one = first();
    Party two = second();
    Mutex mutex = one.locks.placeMutex(AT);
    one.locks.placeMutex(640); // nobody uses it
    ReadWriteLock readWrite = one.locks.placeReadWriteLock(1024);
    Hold held = mutex.hold();
    try (ReadHold _ = readWrite.read()) {
      one.words().set(AT + LockLayout.HELD_SINCE, System.nanoTime() - 5_000_000_000L);
      one.words().set(AT + LockLayout.HELD_SINCE_TOKEN, held.token());
      Future<?> waiter = run(() -> two.locks.mutex(AT).hold().close());
      awaitWaiter(one);

      List<PlacedLockInfo> locks = two.all.placedInUse();

      assertThat(locks).extracting(PlacedLockInfo::name).containsExactly("data[128]", "data[1024]");
      PlacedLockInfo first = locks.getFirst();
      assertThat(first.region()).contains(one.region.id());
      assertThat(first.offset()).isEqualTo(AT);
      assertThat(first.kind()).contains(LockKind.MUTEX);
      assertThat(first.owners()).hasSize(1);
      assertThat(first.waiters()).hasSize(1).doesNotContainAnyElementsOf(first.owners());
      assertThat(first.heldFor().orElseThrow()).isGreaterThanOrEqualTo(Duration.ofSeconds(5));
      assertThat(locks.getLast().kind()).contains(LockKind.READ_WRITE_LOCK);
      assertThat(locks.getLast().owners()).isEqualTo(first.owners());
      assertThat(locks.getLast().heldFor()).isEmpty();

      held.close();
      get(waiter);
    }
    assertThat(one.all.placedInUse()).isEmpty();
  }

  @Test
  void placedInUse_bytesSayNothing_isShownWithoutAKind() {
    Party one = first();
    Mutex mutex = one.locks.placeMutex(AT);
    try (Hold _ = mutex.hold()) {
      long magic = one.words().get(AT + PlacedLayout.MAGIC);
      one.words().set(AT + PlacedLayout.MAGIC, 0);

      assertThat(one.all.placedInUse())
          .singleElement()
          .satisfies(lock -> assertThat(lock.kind()).isEmpty());

      one.words().set(AT + PlacedLayout.MAGIC, magic);
    }
  }
}
