package dev.holdfast.sync;

import static dev.holdfast.sync.OwnerWord.DIED;
import static dev.holdfast.sync.OwnerWord.WAITERS;

import org.jspecify.annotations.Nullable;

/**
 * The owner word of one lock: how it is taken, handed over, freed, and taken over from the dead.
 * What {@link OwnedCore} adds its owner to.
 *
 * <p><b>Sharing.</b> All threads of all participants. Lock-free; who cannot have it sleeps.
 *
 * <p><b>Memory effects.</b> Taking the word happens after its last release.
 *
 * <p><b>Crash points.</b> After taking it: the word names the dead, the next one gets it and is
 * told. In a release, after clearing W: the word names the dead. After granting and before storing
 * the successor: the word names the dead, the granted one takes it over. After storing it, before
 * waking: the successor's sleep has a cap. After freeing it, before waking: likewise, and news of
 * the death wakes everybody. The order of stores in {@link #free} was found by model checking wrong
 * versions; keep it.
 *
 * <p><b>Not done.</b> A queue: its links would break. The waiters' own words are the queue.
 */
abstract class WordLock extends LockCore {
  static final int WRITERS = 1 << WaitWord.EXCLUSIVE | 1 << WaitWord.UPDATE;
  static final int READERS = 1 << WaitWord.READ;
  private static final int HAND_OVERS_TRIED_MAX = 8;
  private static final long PATIENCE_NANOS = 1_000_000;

  private final Tickets tickets;
  private final SpinBudget spin = new SpinBudget();
  private final boolean readers;
  private final @Nullable UndoArea undo;

  /**
   * What the owner waited, or 0; its own. Counted after the release, when nobody waits for that.
   */
  private long waitedNanos;

  /**
   * @param readers whether its owners for writing mark it so that readers stay out
   */
  WordLock(LockSite site, Engine engine, boolean readers) {
    super(site, engine);
    this.undo = site.undo();
    this.tickets = engine.tickets();
    this.readers = readers;
  }

  // ---- taking ----------------------------------------------------------------------------------

  /** Takes it if it is free and nobody waits: one compare-and-set. */
  final boolean tryTakeFree(Context me, long mode) {
    return words.compareAndSet(at, 0, mark(me.identity, mode));
  }

  /** Takes it if it is to be had now, also past those who wait. */
  final boolean tryTakeNow(Context me, long mode) {
    for (int i = 0; i < HAND_OVERS_TRIED_MAX; i++) {
      Waits.Look look = look(me, mode, false, false);
      if (look != Waits.Look.AGAIN) {
        return look == Waits.Look.GOT;
      }
    }
    return false;
  }

  /**
   * Takes it, waiting as {@code wait} says. The caller's context may be another one afterwards.
   *
   * @return why not; null if the caller owns it now
   */
  final Wait.@Nullable End take(Context me, long mode, Wait wait) {
    boolean late = wait.isOver(waits.now());
    if (mayBarge(late) && tryTakeNow(me, mode)) {
      return null;
    }
    if (late) {
      statistics.count(LockLayout.TIME_OUTS);
      return Wait.End.TIMED_OUT;
    }
    Wait.@Nullable End end =
        !fair && trySpinning(me, mode)
            ? null
            : me.owned() == 0 ? queue(me, mode, wait) : contend(me, mode, wait);
    if (end == null) {
      waitedNanos = Math.max(1, waits.now() - wait.since());
    } else if (end == Wait.End.TIMED_OUT) {
      statistics.count(LockLayout.TIME_OUTS);
    }
    return end;
  }

  /**
   * Whether to try before waiting. W alone says that somebody may wait: he may have died or given
   * up, so who will not wait himself looks.
   */
  private boolean mayBarge(boolean late) {
    return !fair
        || !OwnerWord.hasWaiters(words.get(at))
        || (late && waiters.best(key, WRITERS) < 0);
  }

  /**
   * Who owns nothing is part of no deadlock: one of them at a time waits in shared memory. The
   * others need no context, of which there may be fewer than threads.
   */
  private Wait.@Nullable End queue(Context me, long mode, Wait wait) {
    contexts.done(me);
    Wait.@Nullable End end = gate.enter(wait);
    if (end != null) {
      return end;
    }
    try {
      return contend(contexts.current(), mode, wait);
    } finally {
      gate.leave();
    }
  }

  private Wait.@Nullable End contend(Context me, long mode, Wait wait) {
    Waits.Goal goal =
        new Waits.Goal() {
          @Override
          public Waits.Look look(boolean prove) {
            Waits.Look found = WordLock.this.look(me, mode, prove, true);
            if (found == Waits.Look.NOT_NOW) {
              waits.tellOwner(words.get(at), wait);
            }
            return found;
          }

          @Override
          public boolean mustDie() {
            return !readers && tickets.mustDie(me, words, at);
          }

          @Override
          public void passOn() {
            WordLock.this.passOn();
          }
        };
    try {
      return waits.await(me, WaitWord.of(key, mode), 0, wait, goal);
    } catch (DeadlockException victim) {
      statistics.count(LockLayout.VICTIMS);
      throw victim;
    }
  }

  private boolean trySpinning(Context me, long mode) {
    int looks = spin.looks();
    for (int i = 0; i < looks; i++) {
      Thread.onSpinWait();
      long word = words.get(at);
      if (OwnerWord.hasWaiters(word)) {
        return false; // they were here before
      }
      if (OwnerWord.isFree(word) && tryTakeUnowned(me, mode, word)) {
        spin.succeeded(i);
        return true;
      }
    }
    spin.failed();
    return false;
  }

  /** One attempt; where it is not to be had and {@code willWait}, W is set. */
  private Waits.Look look(Context me, long mode, boolean prove, boolean willWait) {
    long word = words.get(at);
    if (OwnerWord.identity(word) == me.identity) {
      return Waits.Look.GOT;
    }
    if (OwnerWord.isNotRecoverable(word)) {
      throw notRecoverable();
    }
    if (OwnerWord.isFree(word)) {
      return got(tryTakeUnowned(me, mode, word));
    }
    if (waits.isDead(OwnerWord.participant(word), prove)) {
      return got(takeOver(me, mode, word));
    }
    return !willWait || markWaiters(word) ? Waits.Look.NOT_NOW : Waits.Look.AGAIN;
  }

  private boolean tryTakeUnowned(Context me, long mode, long seen) {
    boolean taken = words.compareAndSet(at, seen, mark(me.identity, mode) | seen);
    if (taken && OwnerWord.ownerDied(seen)) {
      takeBackGrants();
    }
    return taken;
  }

  /** Takes the word of a dead owner, or an abandoned one, as it was seen. */
  final boolean takeOver(Context me, long mode, long seen) {
    boolean taken = words.compareAndSet(at, seen, mark(me.identity, mode) | DIED | WAITERS);
    if (taken) {
      if (!OwnerWord.isFree(seen)) {
        noteOwnerDied();
      }
      takeBackGrants();
    }
    return taken;
  }

  /**
   * What a dead releaser granted and did not finish: they wait on. Only who has the word with D
   * does this; a living releaser's grants never meet a word with D.
   */
  private void takeBackGrants() {
    waiters.takeBackGrants(key, WRITERS);
  }

  /** Sets W; false if the word is not as it was seen any more. */
  final boolean markWaiters(long seen) {
    return OwnerWord.hasWaiters(seen) || words.compareAndSet(at, seen, seen | WAITERS);
  }

  private static Waits.Look got(boolean taken) {
    return taken ? Waits.Look.GOT : Waits.Look.AGAIN;
  }

  private long mark(long identity, long mode) {
    return readers && mode == WaitWord.EXCLUSIVE ? identity | OwnerWord.EXCLUSIVE : identity;
  }

  private void passOn() {
    long word = words.get(at);
    if (OwnerWord.isFree(word) || waits.isDead(OwnerWord.participant(word), false)) {
      waiters.signalBest(key, WRITERS);
    }
  }

  // ---- what the owner does ---------------------------------------------------------------------

  final long word() {
    return words.get(at);
  }

  final long lastToken() {
    return words.getPlain(at + LockLayout.TOKEN);
  }

  /** Counts an acquisition; what it returns fences out earlier owners. */
  final long nextToken() {
    long token = words.getPlain(at + LockLayout.TOKEN) + 1;
    words.setPlain(at + LockLayout.TOKEN, token);
    return token;
  }

  final boolean isLeftByTheDead() {
    return OwnerWord.ownerDied(words.get(at));
  }

  /** Declares what it protects consistent again. */
  final void clearDied() {
    clearUndo(); // first: the next one must not take back what is done from now on
    words.and(at, ~DIED);
    signalReaders(); // D kept them out of an update
  }

  /** Sets or clears marks of the word that its owner may change. */
  final void addMark(long bits) {
    words.or(at, bits);
  }

  final void dropMark(long bits) {
    words.and(at, ~bits);
  }

  /** Its undo record; what is in it is for its owner. */
  final UndoArea undoArea() {
    if (undo == null) {
      throw new IllegalStateException(
          "lock has no room for an undo record: name=%s; who makes it says how much: mutexWithUndo(…), readWriteLockWithUndo(…)"
              .formatted(name));
    }
    return undo;
  }

  /** What the record was for is complete. */
  final void clearUndo() {
    if (undo != null) {
      undo.clear();
    }
  }

  /** Frees it: one compare-and-set if nobody waits. */
  final void free(Context me, long mode) {
    if (undo != null && !isLeftByTheDead()) {
      undo.clear();
    }
    long waited = takeWaited();
    if (!words.compareAndSet(at, mark(me.identity, mode), 0)) {
      freeForWaiters(me, mode, fair);
      engine.boost().released(me);
    }
    countWaited(waited);
  }

  private long takeWaited() {
    long waited = waitedNanos;
    if (waited != 0) {
      waitedNanos = 0;
    }
    return waited;
  }

  private void countWaited(long waited) {
    if (waited != 0) {
      statistics.waited(waited);
    }
  }

  /** Releases it to whoever is next, now: a preempted owner must not be the first to come again. */
  final void handOn(Context me, long mode) {
    clearUndo();
    long waited = takeWaited();
    freeForWaiters(me, mode, true);
    engine.boost().released(me);
    countWaited(waited);
  }

  /** Whether a thread of this process queues for it that is more urgent than its owner. */
  boolean isMoreUrgentHere(Priority own) {
    return gate.isAnybodyAbove(own);
  }

  private void freeForWaiters(Context me, long mode, boolean handsOver) {
    if (waits.isClosed() && OwnerWord.identity(words.get(at)) != me.identity) {
      throw Refusals.closedInside(name); // and left to the next one, who may be inside by now
    }
    if (OwnerWord.ownerDied(words.get(at))) {
      giveUpForGood();
      return;
    }
    words.and(at, ~WAITERS); // cleared first, then looked: who comes later sets it again
    for (int i = 0; i < HAND_OVERS_TRIED_MAX; i++) {
      int next = waiters.best(key, WRITERS);
      if (next < 0) {
        if (!isAnybodyToRead() && words.compareAndSet(at, mark(me.identity, mode), 0)) {
          return;
        }
        break;
      }
      if (!handsOver && !isTimeToHandOver(next)) {
        break;
      }
      if (handOver(next)) {
        return;
      }
    }
    words.set(at, WAITERS); // freed first, then looked: nobody who came in between is missed
    waiters.signalBest(key, WRITERS);
    signalReaders();
  }

  /** Whether somebody waits to read, or is granted to: then W stays. */
  private boolean isAnybodyToRead() {
    return readers
        && (waiters.best(key, READERS) >= 0
            || waiters.isAnyGranted(
                WaitWord.of(key, WaitWord.READ), participant -> !waits.isDead(participant, false)));
  }

  /** No writer keeps them out any more. */
  final void signalReaders() {
    if (readers) {
      waiters.signalAll(key, READERS);
    }
  }

  /** Hands over now and then, so that nobody is barged past for ever; mostly lets them race. */
  private boolean isTimeToHandOver(int next) {
    long now = waits.now();
    return now >= words.getPlain(at + LockLayout.FAIR_AT)
        && now - waiters.since(next) >= PATIENCE_NANOS;
  }

  private boolean handOver(int next) {
    long successor = waiters.identityOf(next); // before the grant, and again after it
    long wanted = waiters.waitWord(next);
    if (successor == 0
        || wanted <= 0
        || WaitWord.key(wanted) != key
        || !waiters.grant(next, wanted)) {
      return false;
    }
    if (waiters.identityOf(next) != successor) {
      waiters.takeBackGrant(next, wanted); // it died; whoever has its context now did not ask
      return false;
    }
    words.setPlain(at + LockLayout.FAIR_AT, waits.now() + PATIENCE_NANOS);
    statistics.count(LockLayout.HAND_OVERS);
    words.set(at, mark(successor, WaitWord.mode(wanted)) | WAITERS);
    waiters.signal(next);
    if (WaitWord.mode(wanted) == WaitWord.UPDATE) {
      signalReaders();
    }
    return true;
  }

  /** An owner goes without having declared consistent what a dead one left. */
  private void giveUpForGood() {
    words.set(at, OwnerWord.NOT_RECOVERABLE | WAITERS);
    waiters.signalAll(key, -1);
  }

  /** Leaves it as a dead owner would: the next one is told. */
  final void leaveToTheNext() {
    words.set(at, DIED | WAITERS);
    waiters.signalAll(key, -1);
  }

  /** In place of an owner that ended: the next one is told. */
  final void leaveForDead() {
    noteOwnerDied();
    leaveToTheNext();
  }

  /** If that participant owns it: leaves it abandoned. Whether it did. */
  @Override
  boolean recover(long participant) {
    long word = words.get(at);
    if (OwnerWord.participant(word) != participant
        || !words.compareAndSet(at, word, DIED | WAITERS)) {
      return false;
    }
    noteOwnerDied();
    waiters.signalAll(key, -1);
    return true;
  }

  private void noteOwnerDied() {
    statistics.count(LockLayout.OWNERS_DIED);
    engine.noteOwnerDied(key, name);
  }

  final boolean isOwnedBy(long participant) {
    return OwnerWord.participant(words.get(at)) == participant;
  }

  /** Notes since when this process owns it, if that is not noted yet. */
  final void noteHeldSince(long participant, long now) {
    long token = lastToken();
    if (isOwnedBy(participant) && words.getPlain(at + LockLayout.HELD_SINCE_TOKEN) != token) {
      words.setPlain(at + LockLayout.HELD_SINCE, now);
      words.setPlain(at + LockLayout.HELD_SINCE_TOKEN, token);
    }
  }

  final NotRecoverableException notRecoverable() {
    return new NotRecoverableException(
        "lock is not recoverable: name=%s; its owner died, and who came next released it without declaring it consistent; repair what it protects, then: holdfast locks --reset %s"
            .formatted(name, name));
  }
}
