package dev.holdfast.sync;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A lock with one owner: the word, and what that owner, if it is a thread of this process,
 * remembers beside it; every other caller is refused.
 *
 * <p><b>Sharing.</b> {@link #owner} and what follows it are written by the owner only, between
 * taking the word and releasing it; another thread that reads them never finds itself there.
 *
 * <p><b>Cost.</b> The owner is kept as a number, not as a reference: a reference stored for each
 * acquisition would pass the collector's barriers each time.
 */
abstract class OwnedCore extends WordLock {
  private static final long NOBODY = 0;

  private long owner = NOBODY;
  private long sampledAt;

  /** How often its owner took it. */
  int depth;

  OwnedCore(LockSite site, Engine engine, boolean readers) {
    super(site, engine, readers);
  }

  /** What its owner notes to own. */
  abstract long heldWord();

  /** Hands it over to whoever is next, and takes it again as it was. */
  abstract void stepAside(Priority own);

  abstract void release();

  // ---- who it is -------------------------------------------------------------------------------

  final boolean isOwner(Context me) {
    return owner == me.identity;
  }

  final boolean isMine() {
    return mine() != null;
  }

  private @Nullable Context mine() {
    @Nullable Context me = currentOrNull();
    return me != null && isOwner(me) ? me : null;
  }

  final Context requireMine() {
    @Nullable Context mine = mine();
    if (mine == null) {
      throw notMine("it does not own it");
    }
    return mine;
  }

  final Context requireMineAndOpen() {
    Context me = requireMine();
    if (waits.isClosed()) {
      throw Refusals.closedInside(name);
    }
    return me;
  }

  /** To be called before its owner changes what it protects under an undo record. */
  void requireMayChange() {
    requireMineAndOpen();
  }

  final IllegalMonitorStateException notMine(String why) {
    return new IllegalMonitorStateException(
        "not the owner: lock=%s, thread=%s, %s; only the thread that took it may use or release it"
            .formatted(name, Thread.currentThread().getName(), why));
  }

  // ---- from its taking to its release ----------------------------------------------------------

  /** The word is the caller's now. */
  final void noteTaken(Context me) {
    owner = me.identity;
    came(me);
    depth = 1;
    me.addHeld(heldWord());
    if (statistics.isSampled(nextToken())) {
      sampledAt = now();
    }
  }

  /** It will not be in a moment. */
  final void noteReleased(Context me) {
    if (sampledAt != 0) {
      statistics.held(now() - sampledAt);
      sampledAt = 0;
    }
    forget(me);
  }

  private void forget(Context me) {
    owner = NOBODY;
    var _ = me.removeHeld(heldWord());
  }

  final long token() {
    requireMine();
    return lastToken();
  }

  final boolean ownerDied() {
    requireMineAndOpen();
    return isLeftByTheDead();
  }

  final void markConsistent() {
    requireMineAndOpen();
    clearDied();
  }

  final UndoRecord undo() {
    return new UndoRecord(
        undoArea(),
        engine.membership().platform(),
        this::requireMineAndOpen,
        this::requireMayChange);
  }

  /** After an owner died: has the caller, who owns it, repair it, or refuses. */
  final void requireConsistent(@Nullable Consumer<Hold> repair) {
    if (!ownerDied()) {
      return;
    }
    if (repair == null) {
      abandon();
      throw new OwnerDiedException(
          "lock's owner died inside: name=%s; what it protects may be half changed. Take it with hold(), write() or update(), repair, markConsistent(); or give it a repair: repairedBy(…)"
              .formatted(name));
    }
    boolean done = false;
    depth++; // whatever the repair releases
    try {
      repair.accept(new RepairHold(this));
      clearDied();
      done = true;
    } finally {
      depth--;
      if (!done) {
        abandon();
      }
    }
  }

  /** Leaves it as a dead owner would. */
  final void abandon() {
    Context me = requireMineAndOpen();
    sampledAt = 0;
    forget(me);
    leaveToTheNext();
    contexts.done(me);
  }

  /** Whether somebody more urgent than {@code own} waits and may have it. */
  final boolean isPreempted(Priority own) {
    Context me = requireMineAndOpen();
    beforeAskingAgain(me);
    long seen = word();
    return OwnerWord.hasWaiters(seen)
        && !OwnerWord.ownerDied(seen)
        && depth == 1
        && mayStepAside(me)
        && (engine.urgency().isPreempted(me, heldWord(), own) || isMoreUrgentHere(own));
  }

  /** Whether the owner, if it released it, would be out. */
  boolean mayStepAside(Context me) {
    return true;
  }

  // ---- in place of its owner -------------------------------------------------------------------

  @Override
  boolean isOwnedHere() {
    return isOwnedBy(engine.membership().me());
  }

  @Override
  void abandonFor(Context ended) {
    if (OwnerWord.identity(word()) == ended.identity) {
      sampledAt = 0;
      forget(ended);
      leaveForDead();
    }
  }

  // ---- refusals --------------------------------------------------------------------------------

  final LockTimeoutException timedOut(Duration timeout) {
    return new LockTimeoutException(
        "lock was not to be had in time: name=%s, waited=%s; see who has it: holdfast locks"
            .formatted(name, timeout));
  }

  final LocksClosedException closed() {
    return Refusals.closed(name);
  }
}
