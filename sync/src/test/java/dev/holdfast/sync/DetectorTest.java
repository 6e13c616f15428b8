package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.Space;
import dev.holdfast.sync.WaitGraph.Member;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What happens between the two readings of a ring. Two owners publish that they wait for each
 * other's mutex, and do nothing more: whatever they do next, the test says when.
 */
@Timeout(120)
@SuppressWarnings("LockNotBeforeTry") // the waits are the test's own
class DetectorTest extends LocksTestBase {
  private Owner one;
  private Owner other;

  /** A thread, as a participant of its own, that owns a mutex and waits for another one. */
  private static final class Owner {
    private final ExecutorService thread =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
    private final Locks.Core core;
    private final Mutex owned;
    private final Context context;
    private final Detector detector;
    private long waitWord;

    Owner(Space space, String owned) {
      this.owned = Locks.of(space).mutex(owned);
      this.core = core(space);
      this.detector =
          new Detector(core.segment, core.membership, core.waiters, core.tickets, key -> "m" + key);
      this.context =
          does(() -> {
            this.owned.lock();
            return core.contexts.current();
          });
    }

    <T> T does(Callable<T> work) {
      return LocksTestBase.get(thread.submit(work));
    }

    void waitFor(String mutex) {
      Locks.Core mine = core;
      long key = WaitWord.key(mine.table.find(mutex).orElseThrow());
      waitWord = WaitWord.of(key, WaitWord.EXCLUSIVE);
      context.beginWait(waitWord, Wait.forEver(Priority.NORMAL, mine.waits.now()), 0);
    }

    /** The first reading. */
    List<Member> look() {
      return detector.ringOf(context);
    }

    boolean isCancelled() {
      return context.isCancelled();
    }
  }

  @BeforeEach
  void makeRing() {
    one = new Owner(space(), "a");
    other = new Owner(space(), "b");
    one.waitFor("b");
    other.waitFor("a");
  }

  @AfterEach
  void endRing() {
    for (Owner owner : List.of(one, other)) {
      owner.does(() -> {
        owner.context.ensureWaitEnded();
        if (owner.owned.isHeldByCurrentThread()) {
          owner.owned.unlock();
        }
        return true;
      });
      owner.thread.shutdown();
    }
  }

  private long cancelled() {
    return Stream.of(one, other).filter(Owner::isCancelled).count();
  }

  @Test
  void ring_standsBetweenTheReadings_everybodyChoosesTheSameVictim() {
    List<Member> seenByOne = one.look();
    List<Member> seenByOther = other.look();
    assertThat(seenByOne).hasSize(2);

    one.detector.breakIfStanding(seenByOne);
    boolean wasOne = one.isCancelled();
    other.detector.breakIfStanding(seenByOther);
    one.detector.check(one.context);
    other.detector.check(other.context);

    assertThat(cancelled()).isEqualTo(1);
    assertThat(one.isCancelled()).isEqualTo(wasOne);
  }

  @Test
  void ring_memberGrantedBetweenTheReadings_hasNoVictim() {
    List<Member> seen = one.look();

    other.context.endWait();

    assertNobodyIsVictimOf(seen);
  }

  @Test
  void ring_memberGaveUpBetweenTheReadings_hasNoVictim() {
    List<Member> seen = one.look();

    assertThat(other.context.withdraw(other.waitWord)).isTrue();

    assertNobodyIsVictimOf(seen);
  }

  @Test
  void ring_memberHandedItsLockBetweenTheReadings_hasNoVictim() {
    List<Member> seen = one.look();

    other.core.segment.words.or(other.context.waitAt, WaitWord.GRANTED);

    assertNobodyIsVictimOf(seen);
  }

  @Test
  void ring_memberReleasedItsLockBetweenTheReadings_hasNoVictim() {
    List<Member> seen = one.look();

    other.does(() -> {
      other.owned.unlock();
      return true;
    });

    assertNobodyIsVictimOf(seen);
  }

  /** All words but the sequence are as they were: it is another wait all the same. */
  @Test
  void ring_memberCameBackBetweenTheReadings_hasNoVictimYet() {
    List<Member> seen = one.look();
    Member before = seen.stream().filter(m -> m.context() == other.context.index).findFirst().get();

    other.context.endWait();
    other.context.beginWait(other.waitWord, Wait.forEver(Priority.NORMAL, before.since()), 0);

    assertNobodyIsVictimOf(seen);
    one.detector.check(one.context); // what is a ring again is found again
    assertThat(cancelled()).isEqualTo(1);
  }

  private void assertNobodyIsVictimOf(List<Member> seen) {
    assertThat(seen).as("the first reading saw the ring").hasSize(2);
    one.detector.breakIfStanding(seen);
    other.detector.breakIfStanding(seen);
    assertThat(cancelled()).isZero();
  }
}
