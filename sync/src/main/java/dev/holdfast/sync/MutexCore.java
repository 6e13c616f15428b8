package dev.holdfast.sync;

import java.util.concurrent.locks.Condition;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One mutex as this process sees it: an owner who may take it again. */
final class MutexCore extends OwnedCore {
  private final long heldWord;
  private final Function<String, Condition> conditions;

  MutexCore(
      LockSite site, Engine engine, Function<MutexCore, Function<String, Condition>> conditions) {
    super(site, engine, false);
    this.heldWord = WaitWord.of(key, WaitWord.EXCLUSIVE);
    this.conditions = conditions.apply(this);
  }

  @Override
  long heldWord() {
    return heldWord;
  }

  @Override
  boolean givesWay(Context me) {
    return me.ticket != 0;
  }

  Condition condition(String conditionName) {
    return conditions.apply(conditionName);
  }

  // ---- taking ----------------------------------------------------------------------------------

  /** Takes it if it is free and nobody waits, or if it is the caller's. */
  boolean tryFast() {
    Context me = current();
    if (tryTakeFree(me, WaitWord.EXCLUSIVE)) {
      requireStillOpen(me);
      taken(me);
      return true;
    }
    return reenter(me);
  }

  /** After the word was taken: who closes looks the other way round, so one sees the other. */
  private void requireStillOpen(Context me) {
    if (!waits.isClosed()) {
      return;
    }
    if (isLeftByTheDead()) {
      leaveToTheNext();
    } else {
      free(me, WaitWord.EXCLUSIVE);
    }
    contexts.done(me);
    throw closed();
  }

  boolean tryNow() {
    Context me = contexts.current();
    if (reenter(me)) {
      return true;
    }
    boolean taken = false;
    try {
      taken = tryTakeNow(me, WaitWord.EXCLUSIVE);
    } finally {
      if (!taken) {
        contexts.done();
      }
    }
    if (taken) {
      requireStillOpen(me);
      taken(me);
    }
    return taken;
  }

  void acquire(Wait wait) {
    var _ = tryAcquire(wait);
  }

  /** False when the time is over. */
  boolean tryAcquire(Wait wait) {
    return tryFast() || succeeded(acquireOrEnd(wait));
  }

  private boolean succeeded(Wait.@Nullable End end) {
    if (end == null) {
      return true;
    }
    return switch (end) {
      case TIMED_OUT -> false;
      case CLOSED -> throw closed();
      case DIED -> throw died();
      case INTERRUPTED, STEP_BACK -> throw new AssertionError("uninterruptible: lock=" + name);
    };
  }

  /** False when the time is over. */
  boolean acquireInterruptibly(Wait wait) throws InterruptedException {
    if (tryFast()) {
      return true;
    }
    Wait.@Nullable End end = acquireOrEnd(wait);
    if (end == Wait.End.INTERRUPTED) {
      var _ = Thread.interrupted();
      throw new InterruptedException("interrupted while waiting for lock " + name);
    }
    return succeeded(end);
  }

  private Wait.@Nullable End acquireOrEnd(Wait wait) {
    waits.enter(name);
    boolean taken = false;
    try {
      Wait.@Nullable End end = take(contexts.current(), WaitWord.EXCLUSIVE, wait);
      taken = end == null;
      if (end == Wait.End.DIED) {
        Context me = contexts.current();
        me.gaveWay = true;
        me.diedAt = this;
      }
      return end;
    } finally {
      settle(taken);
      waits.leave();
    }
  }

  private void settle(boolean taken) {
    if (taken) {
      taken(contexts.current());
    } else {
      contexts.done();
    }
  }

  private boolean reenter(Context me) {
    if (!isOwner(me)) {
      return false;
    }
    depth++;
    return true;
  }

  private void taken(Context me) {
    noteTaken(me);
    if (me.ticket != 0) {
      engine.tickets().tellWaiters(me, key, word());
    }
  }

  // ---- owning ----------------------------------------------------------------------------------

  @Override
  void release() {
    Context me = requireMine();
    if (depth > 1) {
      depth--;
      return;
    }
    noteReleased(me);
    free(me, WaitWord.EXCLUSIVE);
    contexts.done(me);
  }

  @Override
  void stepAside(Priority own) {
    Context me = requireMine();
    noteReleased(me);
    handOn(me, WaitWord.EXCLUSIVE);
    acquire(Wait.forEver(own, now()));
  }

  /** Releases it however often it was taken; how often, for {@link #takeBack}. */
  int releaseFully() {
    int depthBefore = depth;
    depth = 1;
    release();
    return depthBefore;
  }

  /** Takes it again after {@link #releaseFully}. */
  void takeBack(int depthBefore, Priority priority) {
    Context me = current();
    if (tryTakeFree(me, WaitWord.EXCLUSIVE)) {
      taken(me); // whatever was closed meanwhile: the caller is inside until it releases
    } else {
      acquire(Wait.forEver(priority, now()));
    }
    depth = depthBefore;
  }

  // ---- refusals --------------------------------------------------------------------------------

  private TransactionDiedException died() {
    return new TransactionDiedException(
        "transaction has to give way to an older one: lock=%s, ticket=%d; undo what was changed and restart(), or leave that to run()"
            .formatted(name, Tickets.number(contexts.current())));
  }

  /** Whether its owners are threads of that participant. */
  boolean isOf(Contexts some) {
    return contexts == some;
  }
}
