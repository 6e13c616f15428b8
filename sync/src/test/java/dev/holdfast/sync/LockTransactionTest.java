package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class LockTransactionTest extends LocksTestBase {
  private static final long SEED = Long.getLong("holdfast.seed", 20_261_121);
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");

  private Locks locks;
  private Mutex a;
  private Mutex b;

  @BeforeEach
  void open() {
    locks = locks();
    a = locks.mutex("a");
    b = locks.mutex("b");
  }

  private static void countDown(CountDownLatch latch) {
    latch.countDown();
  }

  private static void pass(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static long victims(Locks locks) {
    return locks.list().stream().mapToLong(lock -> lock.statistics().victims()).sum();
  }

  // ---- by hand ---------------------------------------------------------------------------------

  @ParameterizedTest
  @EnumSource(TransactionPolicy.class)
  void close_releasesWhatItTook(TransactionPolicy policy) {
    try (LockTransaction tx = locks.transaction(policy)) {
      Hold first = tx.lock(a);
      tx.lock(b, Duration.ofSeconds(1));
      assertThat(tx.lock(a)).isSameAs(first);
      assertThat(first.token()).isPositive();
      assertThat(first.ownerDied()).isFalse();
      first.close();
      assertThat(a.isHeldByCurrentThread()).isFalse();
      assertThat(b.isHeldByCurrentThread()).isTrue();
    }

    assertThat(b.isHeldByCurrentThread()).isFalse();
    locks.transaction(policy).close();
  }

  @Test
  void waitDie_youngerMeetsOlder_diesAndKeepsItsTicket() {
    LockTransaction older = locks.transaction(TransactionPolicy.WAIT_DIE);
    older.lock(a);
    CountDownLatch died = new CountDownLatch(1);
    Future<Integer> younger =
        start(() -> {
          try (LockTransaction tx = locks.transaction(TransactionPolicy.WAIT_DIE)) {
            long ticket = tx.ticket();
            tx.lock(b);
            assertThatThrownBy(() -> tx.lock(a))
                .isInstanceOf(TransactionDiedException.class)
                .hasMessageContaining("give way to an older one: lock=a, ticket=" + ticket);
            assertThat(b.isHeldByCurrentThread()).isTrue();
            assertThatThrownBy(() -> tx.lock(locks.mutex("c")))
                .hasMessageContaining("has to begin again");
            countDown(died);
            tx.restart();
            assertThat(tx.ticket()).isEqualTo(ticket);
            assertThat(a.isHeldByCurrentThread()).isTrue();
            assertThat(b.isHeldByCurrentThread()).isFalse();
            return tx.restarts();
          }
        });
    pass(died);
    awaitWaiters(locks, "a", 1); // it waits for what it could not have, owning nothing

    older.lock(b);
    older.close();

    assertThat(get(younger)).isEqualTo(1);
    assertThat(victims(locks)).isZero();
  }

  @Test
  void waitDie_olderMeetsYounger_waits() {
    LockTransaction older = locks.transaction(TransactionPolicy.WAIT_DIE);
    older.lock(locks.mutex("b"));
    CountDownLatch taken = new CountDownLatch(1);
    CountDownLatch waited = new CountDownLatch(1);
    Future<Integer> younger =
        start(() -> {
          try (LockTransaction tx = locks.transaction(TransactionPolicy.WAIT_DIE)) {
            tx.lock(a);
            countDown(taken);
            pass(waited);
            return tx.restarts();
          }
        });
    pass(taken);
    Future<?> release =
        run(() -> {
          awaitWaiters(locks, "a", 1);
          countDown(waited);
        });

    older.lock(a);

    get(release);
    assertThat(older.restarts()).isZero();
    assertThat(get(younger)).isZero();
    older.close();
  }

  @Test
  void woundWait_olderMeetsYounger_woundsItAndItDiesWhenItWouldWait() {
    LockTransaction older = locks.transaction(TransactionPolicy.WOUND_WAIT);
    older.lock(b);
    CountDownLatch taken = new CountDownLatch(1);
    Future<Integer> younger =
        start(() -> {
          try (LockTransaction tx = locks.transaction(TransactionPolicy.WOUND_WAIT)) {
            tx.lock(a);
            countDown(taken);
            awaitWaiters(locks, "a", 1);
            tx.lock(locks.mutex("free")); // a wound is noticed only where it would wait
            assertThatThrownBy(() -> tx.lock(b)).isInstanceOf(TransactionDiedException.class);
            tx.restart();
            return tx.restarts();
          }
        });
    pass(taken);

    older.lock(a);

    assertThat(older.restarts()).isZero();
    older.close();
    assertThat(get(younger)).isEqualTo(1);
    assertThat(victims(locks)).isZero();
  }

  @Test
  void woundWait_woundedWhileItWaits_isWokenAndDies() {
    LockTransaction older = locks.transaction(TransactionPolicy.WOUND_WAIT);
    older.lock(b);
    Future<Integer> younger =
        start(() -> {
          try (LockTransaction tx = locks.transaction(TransactionPolicy.WOUND_WAIT)) {
            tx.lock(a);
            assertThatThrownBy(() -> tx.lock(b)).isInstanceOf(TransactionDiedException.class);
            tx.restart();
            return tx.restarts();
          }
        });
    awaitWaiters(locks, "b", 1);

    older.lock(a);

    older.close();
    assertThat(get(younger)).isEqualTo(1);
    assertThat(victims(locks)).isZero();
  }

  @Test
  void policies_mixed_leaveNoRing() {
    LockTransaction dies = locks.transaction(TransactionPolicy.WAIT_DIE);
    dies.lock(b);
    Future<Integer> wounds =
        start(() -> {
          try (LockTransaction tx = locks.transaction(TransactionPolicy.WOUND_WAIT)) {
            tx.lock(a);
            tx.lock(b); // drawn later, and still the older one
            return tx.restarts();
          }
        });
    awaitWaiters(locks, "b", 1);

    assertThatThrownBy(() -> dies.lock(a)).isInstanceOf(TransactionDiedException.class);
    dies.restart();

    assertThat(get(wounds)).isZero();
    dies.close();
    assertThat(victims(locks)).isZero();
  }

  /** Whoever waits judges anew when somebody else has it: by detection nobody gives way. */
  @Test
  void waitDie_handedToAnOlderOne_whoWaitsOnDies() {
    Mutex a = locks.mutex("a", Locks.MutexOption.FAIR); // given to the best waiter by name
    LockTransaction oldest = locks.transaction(TransactionPolicy.WAIT_DIE);
    CountDownLatch middleReady = new CountDownLatch(1);
    CountDownLatch youngestReady = new CountDownLatch(1);
    Future<Integer> middle =
        start(() -> {
          try (LockTransaction tx = locks.transaction(TransactionPolicy.WAIT_DIE)) {
            tx.lock(b);
            countDown(middleReady);
            pass(youngestReady);
            assertThatThrownBy(() -> tx.lock(a)).isInstanceOf(TransactionDiedException.class);
            tx.restart();
            return tx.restarts();
          }
        });
    pass(middleReady);
    Future<Integer> youngest =
        start(() -> {
          try (LockTransaction tx = locks.transaction(TransactionPolicy.WAIT_DIE)) {
            tx.lock(a);
            countDown(youngestReady);
            awaitWaiters(locks, "a", 2);
            return tx.restarts();
          }
        });
    awaitWaiters(locks, "a", 1);

    oldest.lock(locks.mutex("c"));
    oldest.lock(a.at(Priority.CRITICAL)); // before the middle one, which came first
    oldest.lock(b);

    assertThat(oldest.restarts()).isZero();
    oldest.close();
    assertThat(get(youngest)).isZero();
    assertThat(get(middle)).isEqualTo(1);
    assertThat(victims(locks)).isZero();
  }

  @Test
  void lock_ownedOutsideOfTransactions_isWaitedFor() {
    for (TransactionPolicy policy : TransactionPolicy.values()) {
      Hold outside = a.hold();
      Future<Integer> inside =
          start(() -> {
            try (LockTransaction tx = locks.transaction(policy)) {
              tx.lock(locks.mutex("b"));
              tx.lock(a);
              return tx.restarts();
            }
          });
      awaitWaiters(locks, "a", 1);

      outside.close();

      assertThat(get(inside)).isZero();
    }
  }

  @Test
  void lock_notInTime_keepsTheOthers() {
    Hold outside = a.hold();
    Future<?> inside =
        run(() -> {
          try (LockTransaction tx = locks.transaction(TransactionPolicy.WAIT_DIE)) {
            tx.lock(locks.mutex("b"));
            assertThatThrownBy(() -> tx.lock(a, Duration.ofMillis(20)))
                .isInstanceOf(LockTimeoutException.class);
            assertThat(locks.mutex("b").isHeldByCurrentThread()).isTrue();
            tx.lock(locks.mutex("c"));
          }
        });

    get(inside);
    outside.close();
  }

  // ---- run -------------------------------------------------------------------------------------

  @Test
  void run_mustGiveWay_releasesAllAndBeginsAgainWithTheContendedOne() {
    LockTransaction older = locks.transaction(TransactionPolicy.WAIT_DIE);
    older.lock(a);
    List<String> attempts = Collections.synchronizedList(new ArrayList<>());
    Future<Integer> younger =
        start(() ->
            locks
                .transaction(TransactionPolicy.WAIT_DIE)
                .call(tx -> {
                  attempts.add("a=%s".formatted(a.isHeldByCurrentThread()));
                  tx.lock(b);
                  tx.lock(a);
                  return tx.restarts();
                }));
    awaitWaiters(locks, "a", 1);
    await(() -> attempts.size() == 1);

    older.lock(b);
    older.close();

    assertThat(get(younger)).isEqualTo(1);
    assertThat(attempts).containsExactly("a=false", "a=true");
    assertThat(get(start(() -> a.tryHold().isPresent()))).isTrue();
  }

  @Test
  void run_takesMutexesDirectly_obeysThePolicyToo() {
    LockTransaction older = locks.transaction(TransactionPolicy.WAIT_DIE);
    older.lock(a);
    AtomicInteger attempts = new AtomicInteger();
    Future<?> younger =
        run(() ->
            locks
                .transaction(TransactionPolicy.WAIT_DIE)
                .run(_ -> {
                  attempts.incrementAndGet();
                  try (Hold _ = b.hold();
                      Hold _ = a.hold()) {
                    assertThat(a.isHeldByCurrentThread()).isTrue();
                  }
                }));
    await(() -> attempts.get() == 1);
    awaitWaiters(locks, "a", 1);

    older.lock(b);
    older.close();

    get(younger);
    assertThat(attempts).hasValue(2);
  }

  @Test
  void run_workSwallowsThatItDied_beginsAgainAllTheSame() {
    LockTransaction older = locks.transaction(TransactionPolicy.WAIT_DIE);
    older.lock(a);
    AtomicBoolean swallowed = new AtomicBoolean();
    Future<Integer> younger =
        start(() ->
            locks
                .transaction(TransactionPolicy.WAIT_DIE)
                .call(tx -> {
                  tx.lock(locks.mutex("b"));
                  try {
                    tx.lock(a);
                  } catch (TransactionDiedException e) {
                    swallowed.set(true);
                  }
                  return tx.restarts();
                }));
    await(swallowed::get);
    older.close();

    assertThat(get(younger)).isEqualTo(1);
  }

  @Test
  void run_ringWithOneOutsideOfTransactions_isBrokenAndRunAgain() {
    CountDownLatch bothTaken = new CountDownLatch(2);
    Future<Boolean> outside =
        start(() -> {
          try (Hold _ = a.hold()) {
            countDown(bothTaken);
            pass(bothTaken);
            try (Hold _ = b.hold()) {
              return true;
            } catch (DeadlockException chosen) {
              return false;
            }
          }
        });
    AtomicBoolean first = new AtomicBoolean(true);
    Future<Integer> inside =
        start(() ->
            locks
                .transaction(TransactionPolicy.WAIT_DIE)
                .call(tx -> {
                  tx.lock(b);
                  if (first.getAndSet(false)) {
                    countDown(bothTaken);
                    pass(bothTaken);
                  }
                  tx.lock(a);
                  return tx.restarts();
                }));

    boolean outsideGot = get(outside);

    assertThat(get(inside)).isEqualTo(outsideGot ? 1 : 0);
    assertThat(victims(locks)).isEqualTo(1);
  }

  @Test
  void run_ringThroughAReadWriteLock_isBrokenAndRunAgain() {
    ReadWriteLock config = locks.readWriteLock("config");
    CountDownLatch bothTaken = new CountDownLatch(2);
    AtomicInteger attempts = new AtomicInteger();
    Future<?> mutexFirst =
        run(() ->
            locks
                .transaction(TransactionPolicy.WAIT_DIE)
                .run(tx -> {
                  tx.lock(a);
                  meet(attempts, bothTaken);
                  config.write().close();
                }));
    Future<?> mutexLast =
        run(() ->
            locks
                .transaction(TransactionPolicy.WAIT_DIE)
                .run(tx -> {
                  try (Hold _ = config.write()) {
                    meet(attempts, bothTaken);
                    tx.lock(a);
                  }
                }));

    get(mutexFirst);
    get(mutexLast);

    assertThat(attempts).hasValue(3);
  }

  /** Only in the first attempt of each of two. */
  private static void meet(AtomicInteger attempts, CountDownLatch both) {
    attempts.incrementAndGet();
    countDown(both);
    pass(both);
  }

  @Test
  void run_spaceIsClosedMeanwhile_isSentAway() {
    Space space = space();
    Locks locks = Locks.of(space);
    Hold outside = locks.mutex("a").hold();
    Future<?> inside =
        run(() ->
            locks.transaction(TransactionPolicy.WAIT_DIE).run(tx -> tx.lock(locks.mutex("a"))));
    awaitWaiters(locks, "a", 1);

    space.close();

    assertThatThrownBy(() -> get(inside)).hasRootCauseInstanceOf(LocksClosedException.class);
    assertThat(outside).isNotNull();
  }

  @Test
  void run_workFails_releasesAllAndPassesItOn() {
    assertThatThrownBy(() ->
            locks
                .transaction(TransactionPolicy.WOUND_WAIT)
                .run(tx -> {
                  tx.lock(a);
                  throw new IllegalStateException("of the work");
                }))
        .hasMessage("of the work");

    assertThat(get(start(() -> a.tryHold().isPresent()))).isTrue();
  }

  @Test
  void restart_ownerHadDied_leavesThatToTheNext() {
    b.hold().abandon();
    LockTransaction older = locks.transaction(TransactionPolicy.WAIT_DIE);
    older.lock(a);
    Future<Boolean> younger =
        start(() ->
            locks
                .transaction(TransactionPolicy.WAIT_DIE)
                .call(tx -> {
                  Hold held = tx.lock(b);
                  boolean died = held.ownerDied();
                  tx.lock(a);
                  held.markConsistent();
                  return died && tx.restarts() == 1;
                }));
    awaitWaiters(locks, "a", 1);
    older.close();

    assertThat(get(younger)).isTrue();
  }

  // ---- misuse ----------------------------------------------------------------------------------

  @Test
  void transaction_withSomethingOwnedOrWithinAnother_isRefused() {
    try (Hold _ = locks.mutex("a").hold()) {
      assertThatThrownBy(() -> locks.transaction(TransactionPolicy.WAIT_DIE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("owned=1");
    }
    try (LockTransaction tx = locks.transaction(TransactionPolicy.WAIT_DIE)) {
      assertThatThrownBy(() -> locks.transaction(TransactionPolicy.WAIT_DIE))
          .hasMessageContaining("inTransaction=true");
      Hold outside = locks.mutex("a").hold();
      assertThatThrownBy(tx::restart).hasMessageContaining("owned=1");
      outside.close();
    }
  }

  @Test
  void transaction_ofAnotherThreadOrClosedOrWithForeignMutex_isRefused() {
    Mutex foreign = locks().mutex("a");
    LockTransaction tx = locks.transaction(TransactionPolicy.WAIT_DIE);

    assertThatThrownBy(() -> tx.lock(foreign)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> get(run(() -> tx.lock(locks.mutex("a")))))
        .hasRootCauseInstanceOf(IllegalMonitorStateException.class);
    tx.close();
    tx.close();
    assertThatThrownBy(() -> tx.lock(locks.mutex("a")))
        .isInstanceOf(IllegalMonitorStateException.class)
        .hasMessageContaining("closed=true");
  }

  // ---- its ticket in shared memory -------------------------------------------------------------

  @Test
  void ticket_isInTheContextUntilClosed() {
    Space space = space();
    Locks locks = Locks.of(space);
    LockSegment segment = core(space).segment;

    LockTransaction tx = locks.transaction(TransactionPolicy.WAIT_DIE);
    long at = segment.context(core(space).contexts.current().index) + ContextLayout.TICKET;

    assertThat(segment.words.get(at))
        .isEqualTo(tx.ticket() | ContextLayout.TICKET_WAIT_DIE)
        .isEqualTo(segment.words.get(SegmentLayout.TICKETS) | ContextLayout.TICKET_WAIT_DIE);
    tx.close();
    assertThat(segment.words.get(at)).isZero();
  }

  @Test
  void ticket_ofAnEndedThread_isClearedWithItsContext() throws Exception {
    Space space = space();
    Locks locks = Locks.of(space);
    Locks.Core core = core(space);
    int[] context = {-1};
    Thread forgetful =
        Thread.ofVirtual()
            .start(() -> {
              locks.transaction(TransactionPolicy.WOUND_WAIT); // never closed
              context[0] = core.contexts.current().index;
            });
    forgetful.join();
    long at = core.segment.context(context[0]) + ContextLayout.TICKET;

    await(() -> core.segment.words.get(at) == 0);
  }

  /** The ticket of one who died, in a context that nobody claimed since. */
  @Test
  void ticket_ofADeadOwner_meansNothing() {
    Space other = Space.open(SpaceSpec.named("s").under(root));
    LockTransaction oldest = Locks.of(other).transaction(TransactionPolicy.WAIT_DIE);
    oldest.lock(Locks.of(other).mutex("a"));
    other.close(); // leaves it as a dead owner would, its ticket too

    try (LockTransaction tx = locks.transaction(TransactionPolicy.WAIT_DIE)) {
      tx.lock(locks.mutex("b"));
      Hold held = tx.lock(a);
      assertThat(held.ownerDied()).isTrue();
      held.markConsistent();
      assertThat(tx.restarts()).isZero();
    }
  }

  /** What deadlock detection asks, of a ring of two that each own what the other waits for. */
  @Test
  void settle_onlyRingsOfTransactionsOverMutexes_areLeftToTheirTickets() {
    Space space = space();
    Locks locks = Locks.of(space);
    Locks.Core core = core(space);
    long me = OwnerWord.participant(core.contexts.current().identity);
    long[] mutexes = {open(core, "a", LockKind.MUTEX), open(core, "b", LockKind.MUTEX)};
    long[] others = {open(core, "c", LockKind.READ_WRITE_LOCK), mutexes[1]};
    List<WaitGraph.Member> ring = ringOf(core, me, mutexes, WaitWord.EXCLUSIVE);

    assertThat(core.tickets.settle(ring)).isFalse(); // nobody has a ticket
    for (int context = 1; context <= 2; context++) {
      core.segment.words.set(core.segment.context(context) + ContextLayout.TICKET, context);
    }
    assertThat(core.tickets.settle(ring)).isTrue();
    assertThat(core.segment.words.get(core.segment.context(1) + ContextLayout.PARK))
        .isEqualTo(ContextLayout.PARK_SIGNALLED);
    assertThat(core.tickets.settle(ringOf(core, me, mutexes, WaitWord.CONDITION))).isFalse();
    assertThat(core.tickets.settle(ringOf(core, me, others, WaitWord.EXCLUSIVE))).isFalse();
    assertThat(core.tickets.settle(ring.subList(0, 1))).isFalse(); // its owner is somebody else
    for (long lock : List.of(mutexes[0], mutexes[1], others[0])) {
      core.segment.words.set(core.segment.lock((int) lock), 0);
    }
    assertThat(locks.deadlocks()).isEmpty();
  }

  private static long open(Locks.Core core, String name, LockKind kind) {
    return core.table.open(new LockTable.Wanted(name, kind, 0, 0, 0));
  }

  /** Contexts 1 and 2: each owns one of them and waits for the other's. */
  private static List<WaitGraph.Member> ringOf(
      Locks.Core core, long participant, long[] locks, long mode) {
    List<WaitGraph.Member> ring = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      long owner = OwnerWord.identity(participant, i + 1);
      core.segment.words.set(core.segment.lock((int) locks[i]), owner);
      long wanted = WaitWord.of(locks[1 - i], mode);
      ring.add(new WaitGraph.Member(i + 1, participant, 1, wanted, List.of(), 0, 1, 0));
    }
    return ring;
  }

  // ---- nobody starves ----

  /** Others begin again and again; whoever keeps its ticket becomes the oldest. */
  @ParameterizedTest
  @EnumSource(TransactionPolicy.class)
  void run_againstAnEndlessStreamOfOthers_getsThrough(TransactionPolicy policy) {
    againstAStream(policy, policy);
  }

  private void againstAStream(TransactionPolicy policy, TransactionPolicy ofOthers) {
    AtomicBoolean through = new AtomicBoolean();
    List<Future<Integer>> others = new ArrayList<>();
    CountDownLatch busy = new CountDownLatch(4);
    for (int thread = 0; thread < 4; thread++) {
      Random random = new Random(SEED + thread);
      others.add(
          start(() -> {
            int taken = 0;
            while (!through.get()) {
              taken += takeRandomly(locks, ofOthers, random, 1, new int[8]);
              countDown(busy);
            }
            return taken;
          }));
    }
    pass(busy);

    for (int i = 0; i < 5; i++) {
      locks
          .transaction(policy)
          .run(tx -> IntStream.range(0, 8).forEach(lock -> tx.lock(locks.mutex("m" + lock))));
    }
    through.set(true);

    assertThat(others).allSatisfy(other -> assertThat(get(other)).isPositive());
    assertThat(victims(locks)).isZero();
  }

  /** All that wound are older than all that die, so it changes sides before that starves it. */
  @Test
  void waitDie_meetsANewWoundWaitEachTime_diesSoOftenAndNoMore() {
    List<Mutex> both = List.of(locks.mutex("a"), locks.mutex("b"));
    try (LockTransaction tx = locks.transaction(TransactionPolicy.WAIT_DIE)) {
      long ticket = tx.ticket();
      tx.lock(both.getFirst());
      for (int deaths = 0; deaths < Tickets.DEATHS_MAX; deaths++) {
        Mutex wanted = both.get((deaths + 1) % 2);
        CountDownLatch died = new CountDownLatch(1);
        Future<?> other = ownUntil(locks, wanted, () -> pass(died));
        assertThatThrownBy(() -> tx.lock(wanted)).isInstanceOf(TransactionDiedException.class);
        countDown(died);
        get(other);
        tx.restart(); // and owns it
      }
      Mutex last = both.get((Tickets.DEATHS_MAX + 1) % 2);
      Future<?> other = ownUntil(locks, last, () -> awaitWaiters(locks, last.name(), 1));

      tx.lock(last);

      get(other);
      assertThat(tx.restarts()).isEqualTo(Tickets.DEATHS_MAX);
      assertThat(tx.ticket()).isEqualTo(ticket);
    }
    assertThat(victims(locks)).isZero();
  }

  /** Another thread's transaction, which wounds; returns when it owns the mutex. */
  private Future<?> ownUntil(Locks locks, Mutex mutex, Runnable over) {
    CountDownLatch owned = new CountDownLatch(1);
    Future<?> other =
        run(() -> {
          try (LockTransaction tx = locks.transaction(TransactionPolicy.WOUND_WAIT)) {
            tx.lock(mutex);
            countDown(owned);
            over.run();
          }
        });
    pass(owned);
    return other;
  }

  @Test
  void run_waitDieAgainstAnEndlessStreamOfWoundWait_getsThrough() {
    againstAStream(TransactionPolicy.WAIT_DIE, TransactionPolicy.WOUND_WAIT);
  }

  // ---- all at once -----------------------------------------------------------------------------

  @ParameterizedTest
  @EnumSource(TransactionPolicy.class)
  void run_manyThreadsTakeRandomMutexesInRandomOrder_allFinishWithoutAVictim(
      TransactionPolicy policy) {
    System.out.printf("LockTransactionTest: -Dholdfast.seed=%d, policy=%s%n", SEED, policy);
    List<Locks> participants = List.of(locks(), locks());
    int[] sums = new int[8];
    int rounds = LONG ? 3_000 : 150;
    List<Future<Integer>> threads = new ArrayList<>();
    for (int thread = 0; thread < 8; thread++) {
      Locks locks = participants.get(thread % participants.size());
      Random random = new Random(SEED + thread);
      threads.add(start(() -> takeRandomly(locks, policy, random, rounds, sums)));
    }

    int taken = threads.stream().mapToInt(LocksTestBase::get).sum();

    assertThat(IntStream.of(sums).sum()).isEqualTo(taken);
    assertThat(victims(participants.getFirst())).isZero();
    assertThat(participants.getFirst().deadlocks()).isEmpty();
  }

  /** Counts up what each mutex protects; how often. */
  private static int takeRandomly(
      Locks locks, TransactionPolicy policy, Random random, int rounds, int[] sums) {
    int taken = 0;
    for (int round = 0; round < rounds; round++) {
      List<Integer> wanted = new ArrayList<>(IntStream.range(0, sums.length).boxed().toList());
      Collections.shuffle(wanted, random);
      List<Integer> some = wanted.subList(0, 2 + random.nextInt(2));
      locks
          .transaction(policy)
          .run(tx -> {
            for (int i : some) {
              tx.lock(locks.mutex("m" + i));
              LockSupport.parkNanos(1_000); // so that others come between
            }
            some.forEach(i -> sums[i]++);
          });
      taken += some.size();
    }
    return taken;
  }
}
