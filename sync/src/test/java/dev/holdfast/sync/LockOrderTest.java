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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(120)
@SuppressWarnings({"LockNotBeforeTry", "WaitNotInLoop"}) // taking and releasing is what is tested
class LockOrderTest extends LocksTestBase {
  private Locks locks;
  private Mutex a;
  private Mutex b;
  private Mutex c;

  @BeforeEach
  void open() {
    locks = locks().lockOrder(LockOrder.THROW);
    a = locks.mutex("a");
    b = locks.mutex("b");
    c = locks.mutex("c");
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
    nest(a, b);

    assertRefused("wanted=a, owned=[b]", b, a);

    assertThat(locks.potentialDeadlocks())
        .singleElement()
        .satisfies(found -> assertThat(found.ring()).containsExactly("a", "b"));
  }

  @Test
  void lock_refused_changesNothing() {
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
    get(run(() -> nest(a, b)));
    get(run(() -> nest(b, c)));

    assertThatThrownBy(() -> get(run(() -> nest(c, a))))
        .hasRootCauseInstanceOf(LockOrderException.class);

    assertThat(locks.potentialDeadlocks().getFirst().ring()).containsExactly("a", "b", "c");
  }

  @Test
  void lock_inClassWithRisingLevels_isSilent() {
    Mutex one = locks.mutex("account-1");
    Mutex two = locks.mutex("account-2");

    nest(one.inClass("accounts", 0), two.inClass("accounts", 1));
    nest(two.inClass("accounts", 0), one.inClass("accounts", 1));

    assertThat(locks.potentialDeadlocks()).isEmpty();
  }

  @Test
  void lock_inClassWithoutRisingLevels_isFoundAtOnce() {
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
    Mutex index = locks.mutex("index");
    nest(index, locks.mutex("account-1").inClass("accounts"));

    assertRefused(
        "wanted=index, owned=[accounts]", locks.mutex("account-2").inClass("accounts"), index);
  }

  @Test
  void tryLock_inTheOppositeOrder_isSilent() throws Exception {
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
    try (Hold _ = a.tryHold().orElseThrow()) {
      nest(b);
    }

    assertRefused("wanted=a, owned=[b]", b, a);
  }

  /** A way to ask for a mutex and wait for it. */
  interface Asking {
    void of(Mutex mutex) throws InterruptedException;
  }

  static Stream<Named<Asking>> waysToWait() {
    return Stream.of(
        Named.of("hold", Mutex::hold),
        Named.of("hold(time)", mutex -> mutex.hold(Duration.ofSeconds(1))),
        Named.of("lock", Mutex::lock),
        Named.of("lockInterruptibly", Mutex::lockInterruptibly),
        Named.of("tryLock(time)", mutex -> mutex.tryLock(1, TimeUnit.SECONDS)));
  }

  @ParameterizedTest
  @MethodSource("waysToWait")
  void everyWayToWait_isChecked(Asking way) {
    nest(a, b);
    try (Hold _ = b.hold()) {
      assertThatThrownBy(() -> way.of(a)).isInstanceOf(LockOrderException.class);
    }
  }

  @Test
  void lock_again_addsNothing() {
    nest(a, b, a, b);
    nest(a, b);

    assertThat(locks.potentialDeadlocks()).isEmpty();
  }

  @Test
  void unlock_outOfOrder_leavesTheOthersOwned() {
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
    a.lock();
    b.lock();
    a.unlock();
    nest(c);
    b.unlock();

    assertRefused("first: a before b", c, a);
  }

  @Test
  void forgetOrder_ofAClass_removesItFromTheOrder() {
    nest(a, b);
    assertRefused("wanted=a", b, a);

    locks.forgetOrder("a");

    assertThat(locks.potentialDeadlocks()).isEmpty();
    nest(b, a);
    assertRefused("wanted=b, owned=[a]", a, b);
  }

  @Test
  void warn_oppositeOrders_areReportedOnceAndTaken() {
    locks.lockOrder(LockOrder.WARN);
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
    locks.lockOrder(LockOrder.WARN);
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
    locks.lockOrder(LockOrder.WARN);
    nest(a, b);
    nest(b, a);

    locks.lockOrder(LockOrder.THROW);

    assertRefused("wanted=a", b, a);
    assertRefused("wanted=a", b, a);
  }

  @Test
  void off_checksAndRecordsNothing() {
    Locks unchecked = locks();
    Mutex first = unchecked.mutex("a");
    Mutex second = unchecked.mutex("b");
    nest(first, second);
    first.lock();
    unchecked.lockOrder(LockOrder.THROW);
    nest(second); // the first was taken before the check began
    first.unlock();

    nest(second, first);

    unchecked.lockOrder(LockOrder.OFF);
    assertThatCode(() -> nest(first, second)).doesNotThrowAnyException();
    assertThat(unchecked.potentialDeadlocks()).isEmpty();
  }

  @Test
  void readWriteLock_everyWayToOwnIt_isInTheOrder() throws Exception {
    ReadWriteLock config = locks.readWriteLock("config");
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
    ReadWriteLock config = locks.readWriteLock("config");
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
    Semaphore downloads = locks.semaphore("downloads", 4);
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
