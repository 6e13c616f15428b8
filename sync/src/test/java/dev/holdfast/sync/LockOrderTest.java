package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.sync.Semaphore.Permits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
@SuppressWarnings({"LockNotBeforeTry", "WaitNotInLoop"}) // taking and releasing is what is tested
class LockOrderTest extends LocksTestBase {
  private Locks throwing() {
    return locks().lockOrder(LockOrder.THROW);
  }

  /** Takes them one in the other, and gives them back. */
  private static void nest(Lock... locks) {
    int taken = 0;
    try {
      for (Lock lock : locks) {
        lock.lock();
        taken++;
      }
    } finally {
      while (taken > 0) {
        locks[--taken].unlock();
      }
    }
  }

  private static void assertRefused(String ring, Lock... locks) {
    assertThatThrownBy(() -> nest(locks))
        .isInstanceOf(LockOrderException.class)
        .hasMessageContaining(ring);
  }

  @Test
  void lock_oppositeOrdersOnOneThreadAtDifferentTimes_areFound() {
    Locks locks = throwing();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    nest(a, b);

    assertRefused("wanted=a, owned=[b]", b, a);

    assertThat(locks.potentialDeadlocks())
        .singleElement()
        .satisfies(found -> assertThat(found.ring()).containsExactly("a", "b"));
  }

  @Test
  void lock_refused_changesNothing() {
    Locks locks = throwing();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    nest(a, b);
    b.lock();

    assertThatThrownBy(a::hold).isInstanceOf(LockOrderException.class);

    assertThat(a.isHeldByCurrentThread()).isFalse();
    assertThat(b.isHeldByCurrentThread()).isTrue();
    assertThat(locks.list()).noneMatch(lock -> !lock.waiters().isEmpty());
    b.unlock();
    nest(a, b); // the order that was first is still the order
  }

  @Test
  void report_ofTwoOrders_saysPotentialAndNamesBothPlaces() throws Exception {
    Locks locks = throwing();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    Thread first = new Thread(() -> takeFirst(a, b), "the-first");
    first.start();
    first.join();

    assertThatThrownBy(() -> takeNow(b, a))
        .hasMessageContaining("POTENTIAL deadlock, nobody is stuck now")
        .hasMessageContaining("now: b before a, thread " + Thread.currentThread().getName())
        .hasMessageContaining("LockOrderTest.takeNow")
        .hasMessageContaining("first: a before b, thread the-first")
        .hasMessageContaining("LockOrderTest.takeFirst")
        .hasMessageNotContaining("MutexCore");
  }

  private static void takeFirst(Lock... locks) {
    nest(locks);
  }

  private static void takeNow(Lock... locks) {
    nest(locks);
  }

  @Test
  void lock_ringOfThreeOverThreeThreads_isFound() {
    Locks locks = throwing();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    Mutex c = locks.mutex("c");
    get(run(() -> nest(a, b)));
    get(run(() -> nest(b, c)));

    assertThatThrownBy(() -> get(run(() -> nest(c, a))))
        .hasRootCauseInstanceOf(LockOrderException.class);

    assertThat(locks.potentialDeadlocks().getFirst().ring()).containsExactly("a", "b", "c");
  }

  @Test
  void lock_inClassWithRisingLevels_isSilent() {
    Locks locks = throwing();
    Mutex one = locks.mutex("account-1");
    Mutex two = locks.mutex("account-2");

    nest(one.inClass("accounts", 0), two.inClass("accounts", 1));
    nest(two.inClass("accounts", 0), one.inClass("accounts", 1));

    assertThat(locks.potentialDeadlocks()).isEmpty();
  }

  @Test
  void lock_inClassWithoutRisingLevels_isFoundAtOnce() {
    Locks locks = throwing();
    Mutex one = locks.mutex("account-1");
    Mutex two = locks.mutex("account-2");

    assertRefused("rising levels", one.inClass("accounts"), two.inClass("accounts"));
    assertRefused(
        "wanted=accounts (level 1)", one.inClass("accounts", 2), two.inClass("accounts", 1));
  }

  @Test
  void inClass_withoutNameOrBelowZero_isRefused() {
    Mutex mutex = locks().mutex("m");

    assertThatThrownBy(() -> mutex.inClass(" ")).hasMessageContaining("lock class not allowed");
    assertThatThrownBy(() -> mutex.inClass("c", -1)).hasMessageContaining("level=-1");
  }

  @Test
  void lock_classesOfManyLocks_areOneInTheOrder() {
    Locks locks = throwing();
    Mutex index = locks.mutex("index");
    nest(index, locks.mutex("account-1").inClass("accounts"));

    assertRefused(
        "wanted=index, owned=[accounts]", locks.mutex("account-2").inClass("accounts"), index);
  }

  @Test
  void tryLock_inTheOppositeOrder_isSilent() throws Exception {
    Locks locks = throwing();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    nest(a, b);

    try (Hold _ = b.hold()) {
      assertThat(a.tryLock()).isTrue();
      a.unlock();
      a.tryHold().orElseThrow().close();
      a.hold(Duration.ZERO).close();
      assertThat(a.tryLock(0, TimeUnit.SECONDS)).isTrue();
      a.unlock();
    }

    assertThat(locks.potentialDeadlocks()).isEmpty();
  }

  @Test
  void lock_owningWhatWasOnlyTried_countsFromThere() {
    Locks locks = throwing();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    try (Hold _ = a.tryHold().orElseThrow()) {
      nest(b);
    }

    assertRefused("wanted=a, owned=[b]", b, a);
  }

  @Test
  void everyWayToWait_isChecked() throws Exception {
    Locks locks = throwing();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    nest(a, b);
    try (Hold _ = b.hold()) {
      assertThatThrownBy(a::hold).isInstanceOf(LockOrderException.class);
      assertThatThrownBy(() -> a.hold(Duration.ofSeconds(1)))
          .isInstanceOf(LockOrderException.class);
      assertThatThrownBy(a::lock).isInstanceOf(LockOrderException.class);
      assertThatThrownBy(a::lockInterruptibly).isInstanceOf(LockOrderException.class);
      assertThatThrownBy(() -> a.tryLock(1, TimeUnit.SECONDS))
          .isInstanceOf(LockOrderException.class);
    }
  }

  @Test
  void lock_again_addsNothing() {
    Locks locks = throwing();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");

    nest(a, b, a, b);
    nest(a, b);

    assertThat(locks.potentialDeadlocks()).isEmpty();
  }

  @Test
  void unlock_outOfOrder_leavesTheOthersOwned() {
    Locks locks = throwing();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    Mutex c = locks.mutex("c");
    a.lock();
    b.lock();
    a.unlock();
    nest(c); // b before c, and not a before c
    b.unlock();

    nest(c, locks.mutex("d"));
    assertRefused("wanted=b, owned=[c]", c, b);
  }

  /** The one that releases early: c waits for a, a for b, b for c, by three threads. */
  @Test
  void lock_afterUnlockingTheFirst_isFoundThroughWhatIsStillOwned() {
    Locks locks = throwing();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    Mutex c = locks.mutex("c");
    a.lock();
    b.lock();
    a.unlock();
    nest(c);
    b.unlock();

    assertRefused("first: a before b", c, a);
  }

  @Test
  void forgetOrder_ofAClass_removesItFromTheOrder() {
    Locks locks = throwing();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    nest(a, b);
    assertRefused("wanted=a", b, a);

    locks.forgetOrder("a");

    assertThat(locks.potentialDeadlocks()).isEmpty();
    nest(b, a);
    assertRefused("wanted=b, owned=[a]", a, b);
  }

  @Test
  void warn_oppositeOrders_areReportedOnceAndTaken() {
    Locks locks = locks().lockOrder(LockOrder.WARN);
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    nest(a, b);

    nest(b, a);
    nest(b, a);
    get(run(() -> nest(b, a)));

    assertThat(locks.potentialDeadlocks()).hasSize(1);
    assertThat(locks.potentialDeadlocks().getFirst())
        .hasToString(locks.potentialDeadlocks().getFirst().report());
  }

  @Test
  void warn_severalWrongOrdersInOneAcquisition_areReportedOneAtATime() {
    Locks locks = locks().lockOrder(LockOrder.WARN);
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    Mutex c = locks.mutex("c");
    nest(a, b);
    nest(a, c);

    nest(b, c, a);
    assertThat(locks.potentialDeadlocks()).hasSize(1);
    nest(b, c, a);
    assertThat(locks.potentialDeadlocks()).hasSize(2);
    nest(b, c, a);
    assertThat(locks.potentialDeadlocks()).hasSize(2);
  }

  @Test
  void throwing_afterWarning_refusesWhatWasOnlyReported() {
    Locks locks = locks().lockOrder(LockOrder.WARN);
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    nest(a, b);
    nest(b, a);

    locks.lockOrder(LockOrder.THROW);

    assertRefused("wanted=a", b, a);
    assertRefused("wanted=a", b, a);
  }

  @Test
  void off_checksAndRecordsNothing() {
    Locks locks = locks();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    nest(a, b);
    a.lock();
    locks.lockOrder(LockOrder.THROW);
    nest(b); // a was taken before the check began
    a.unlock();

    nest(b, a);

    locks.lockOrder(LockOrder.OFF);
    assertThatCode(() -> nest(a, b)).doesNotThrowAnyException();
    assertThat(locks.potentialDeadlocks()).isEmpty();
  }

  @Test
  void readWriteLock_everyWayToOwnIt_isInTheOrder() throws Exception {
    Locks locks = throwing();
    ReadWriteLock config = locks.readWriteLock("config");
    Mutex a = locks.mutex("a");
    nest(config.readLock(), a);
    try (Hold _ = a.hold()) {
      String refusal = "wanted=config, owned=[a]";
      assertThatThrownBy(config::read).hasMessageContaining(refusal);
      assertThatThrownBy(() -> config.read(Duration.ofSeconds(1))).hasMessageContaining(refusal);
      assertThatThrownBy(config::write).hasMessageContaining(refusal);
      assertThatThrownBy(() -> config.update(Duration.ofSeconds(1))).hasMessageContaining(refusal);
      assertThatThrownBy(config.readLock()::lock).hasMessageContaining(refusal);
      assertThatThrownBy(config.writeLock()::lockInterruptibly).hasMessageContaining(refusal);
      assertThatThrownBy(() -> config.writeLock().tryLock(1, TimeUnit.SECONDS))
          .hasMessageContaining(refusal);
      config.tryRead().orElseThrow().close();
      assertThat(config.writeLock().tryLock()).isTrue();
      config.writeLock().unlock();
    }
    nest(config.writeLock(), a);
    nest(config.inClass("other").readLock(), a);
  }

  @Test
  void upgrade_owningWhatReadersWaitFor_isFound() {
    Locks locks = throwing();
    ReadWriteLock config = locks.readWriteLock("config");
    Mutex a = locks.mutex("a");
    WriteHold update = config.update();
    try (Hold _ = a.hold()) { // config before a
      assertThatThrownBy(update::upgrade).hasMessageContaining("wanted=config, owned=[a]");
    }
    update.upgrade();
    assertThat(update.isExclusive()).isTrue();
    try (ReadHold _ = update.downgradeToRead()) {
      nest(a);
    }
    nest(config.readLock(), a);
  }

  @Test
  void semaphore_permits_areInTheOrder() throws Exception {
    Locks locks = throwing();
    Semaphore downloads = locks.semaphore("downloads", 4);
    Mutex a = locks.mutex("a");
    try (Permits _ = downloads.hold(1);
        Permits _ = downloads.hold(1)) {
      nest(a);
    }
    try (Hold _ = a.hold()) {
      String refusal = "wanted=downloads, owned=[a]";
      assertThatThrownBy(() -> downloads.hold(1)).hasMessageContaining(refusal);
      assertThatThrownBy(() -> downloads.hold(1, Duration.ofSeconds(1)))
          .hasMessageContaining(refusal);
      assertThatThrownBy(() -> downloads.holdInterruptibly(1, Duration.ofSeconds(1)))
          .hasMessageContaining(refusal);
      downloads.tryHold(1).orElseThrow().close();
      downloads.inClass("others", 1).hold(1).close();
      downloads.inClass("others").tryHold(1).orElseThrow().close();
    }
  }

  @Test
  void await_owningALockTakenAfterwards_isFoundBeforeItIsGivenAway() {
    Locks locks = throwing();
    Mutex a = locks.mutex("a");
    Mutex b = locks.mutex("b");
    Condition changed = a.newCondition();
    a.lock();
    b.lock(); // a before b; to wait for the condition of a is to take a after b

    assertThatThrownBy(() -> changed.await(1, TimeUnit.NANOSECONDS))
        .isInstanceOf(LockOrderException.class);

    assertThat(a.isHeldByCurrentThread()).isTrue();
    b.unlock();
    assertThatCode(() -> changed.await(1, TimeUnit.NANOSECONDS)).doesNotThrowAnyException();
    nest(b);
    a.unlock();
    assertRefused("wanted=a", b, a);
  }

  @Test
  void pairs_moreThanAreKept_areNotNotedAndForgettingMakesRoom() {
    Locks locks = throwing();
    int count = (int) Math.sqrt(2.0 * OrderGraph.EDGES_MAX) + 2;
    Mutex[] all =
        IntStream.range(0, count).mapToObj(i -> locks.mutex("m" + i)).toArray(Mutex[]::new);
    nest(all);

    nest(all[count - 1], all[count - 2]); // the last pair found no room
    assertRefused("wanted=m0", all[1], all[0]);
    locks.forgetOrder("m0");
    nest(all[count - 2], all[count - 1]);
    assertRefused("wanted=m" + (count - 2), all[count - 1], all[count - 2]);
  }

  @Test
  void chains_moreThanAreKept_areCheckedStill() {
    OrderChain root = OrderChain.newRoot();
    for (int i = 0; i < OrderChain.CHAINS_MAX; i++) {
      root.then(new LockClass("c" + i, 0)).setChecked(1);
    }
    LockClass last = new LockClass("one-more", 0);

    root.then(last).setChecked(1);

    assertThat(root.then(last).isChecked(1)).isFalse();
    assertThat(root.then(new LockClass("c0", 0)).isChecked(1)).isTrue();
    assertThat(root.then(last).classes()).isEqualTo(List.of(last));
  }

  @Test
  void chain_ofTheSameOrder_isTheSameAndStaysChecked() {
    OrderChain root = OrderChain.newRoot();
    LockClass a = new LockClass("a", 0);
    LockClass b = new LockClass("b", 0);

    root.then(a).then(b).setChecked(7);

    assertThat(root.then(a).then(b).isChecked(7)).isTrue();
    assertThat(root.then(a).then(b).isChecked(8)).isFalse();
    assertThat(root.then(b).then(a).isChecked(7)).isFalse();
  }
}
