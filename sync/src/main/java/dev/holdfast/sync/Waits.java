package dev.holdfast.sync;

import dev.holdfast.region.Membership;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Drives a wait from its publication to its end, whatever is waited for.
 *
 * <p><b>Crash points.</b> After the wait word: a dead waiter is passed over by its first word.
 * Whatever wake-up is lost with a dead waker, the cap of each sleep heals: the state is read again
 * and the owner's life is proved.
 */
final class Waits {
  private static final long CAP_NANOS = 450_000_000;
  private static final long JITTER_NANOS = 100_000_000;
  private static final long GRANT_CAP_NANOS = 1_000_000;

  /** What a look at the state found. */
  enum Look {
    /** What was waited for is the caller's. */
    GOT,
    /** It is not to be had now. */
    NOT_NOW,
    /** The state changed meanwhile: look again. */
    AGAIN
  }

  /** How one thing is waited for. */
  interface Goal {
    /**
     * Tries to get it.
     *
     * @param prove whether to have the kernel prove that an owner lives
     */
    Look look(boolean prove);

    /** Whether the caller has to give up instead of waiting for who has it now. */
    default boolean mustDie() {
      return false;
    }

    /** The caller gave up; a wake-up meant for somebody who wants it may come to it: hand it on. */
    void passOn();
  }

  private final Waiters waiters;
  private final Membership membership;
  private final Reactor reactor;
  private final Detector detector;
  private final AtomicInteger inside = new AtomicInteger();
  private final AtomicInteger deaths = new AtomicInteger();
  private volatile boolean closed;

  Waits(Waiters waiters, Membership membership, Reactor reactor, Detector detector) {
    this.waiters = waiters;
    this.membership = membership;
    this.reactor = reactor;
    this.detector = detector;
  }

  /**
   * To be called before whatever may wait, with {@link #leave} after it: {@link #close} waits for
   * those inside.
   *
   * @throws LocksClosedException if the space is closed
   */
  void enter(String lock) {
    inside.incrementAndGet();
    if (closed) {
      inside.decrementAndGet();
      throw Refusals.closed(lock);
    }
  }

  void leave() {
    inside.decrementAndGet();
  }

  /** Sends everybody away who waits, now and later. */
  void close() {
    closed = true;
  }

  boolean isAnybodyInside() {
    return inside.get() > 0;
  }

  boolean isClosed() {
    return closed;
  }

  /** How many deaths this process heard of; whoever waits for a signal looks up when it changes. */
  int deaths() {
    return deaths.get();
  }

  void noteDeath() {
    deaths.incrementAndGet();
  }

  long now() {
    return membership.platform().monotonicNanos();
  }

  /** Whether a participant is dead, as far as can be told for little, or proved. */
  boolean isDead(long participant, boolean prove) {
    return participant != membership.me()
        && (prove ? !membership.isAlive(participant) : !membership.hasPlace(participant));
  }

  /**
   * Waits.
   *
   * @param amount permits wanted, where that matters
   * @return why in vain; null if the goal was reached
   */
  Wait.@Nullable End await(Context me, long waitWord, long amount, Wait wait, Goal goal) {
    me.beginWait(waitWord, wait, amount);
    try {
      return awaitPublished(me, waitWord, wait, goal);
    } finally {
      me.ensureWaitEnded();
    }
  }

  /** Somebody urgent rings the owner, whose process may have a way to hurry it. */
  void tellOwner(long ownerWord, Wait wait) {
    if (wait.priority().compareTo(Priority.NORMAL) > 0) {
      waiters.ring(OwnerWord.participant(ownerWord));
    }
  }

  private Wait.@Nullable End awaitPublished(Context me, long waitWord, Wait wait, Goal goal) {
    boolean prove = false;
    long checkAt = now() + Detector.DELAY_NANOS;
    while (true) {
      Look look = goal.look(prove);
      if (look == Look.GOT) {
        me.ensureWaitEnded();
        return null;
      }
      if (look == Look.AGAIN) {
        continue;
      }
      if (me.isCancelled() && giveWay(me, waitWord, goal)) {
        return Wait.End.STEP_BACK;
      }
      Wait.@Nullable End end = endOf(wait, goal);
      if (end != null && me.withdraw(waitWord)) {
        goal.passOn(); // always: the wake-up may still be on its way
        return end;
      }
      // one that was granted something only has to wait for the granter's next store
      long until = end == null ? Math.min(checkAt, cap()) : now() + GRANT_CAP_NANOS;
      prove = !sleep(me, wait, end == null ? Math.min(until, wait.deadlineNanos()) : until);
      if (end == null && now() >= checkAt) {
        detector.check(me);
        checkAt = cap();
      }
    }
  }

  /**
   * Ends the wait of a deadlock's victim, unless it got what it waited for after all; whether a
   * writer that waits for readers is to step back instead.
   */
  private boolean giveWay(Context me, long waitWord, Goal goal) {
    if (WaitWord.mode(waitWord) == WaitWord.DRAIN && detector.mayStepBack(me)) {
      return me.withdraw(waitWord);
    }
    DeadlockException deadlock = detector.victim(me);
    if (!me.withdraw(waitWord)) {
      return false;
    }
    goal.passOn();
    me.gaveWay = me.ticket != 0;
    detector.countVictim(me); // after the wait: whoever still looks sees another sequence
    throw deadlock;
  }

  private long cap() {
    return now() + CAP_NANOS + ThreadLocalRandom.current().nextLong(JITTER_NANOS);
  }

  private Wait.@Nullable End endOf(Wait wait, Goal goal) {
    if (closed) {
      return Wait.End.CLOSED;
    }
    if (wait.interruptible() && Thread.currentThread().isInterrupted()) {
      return Wait.End.INTERRUPTED;
    }
    if (wait.isOver(now())) {
      return Wait.End.TIMED_OUT;
    }
    return goal.mustDie() ? Wait.End.DIED : null;
  }

  /** Platform threads that cannot be interrupted sleep in the kernel; the others in Java. */
  private boolean sleep(Context me, Wait wait, long until) {
    if (!wait.interruptible() && !Thread.currentThread().isVirtual()) {
      return waiters.sleepHere(me, until);
    }
    reactor.ensureRunning();
    boolean interrupted = !wait.interruptible() && Thread.interrupted(); // or it would not park
    try {
      return waiters.sleepElsewhere(me, until);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
