package dev.holdfast.sync;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One mutex as this process sees it: the word, and what its owner, if it is of this process,
 * remembers beside it.
 *
 * <p>{@link #owner} and what follows it are written by the owner only, between taking the word and
 * releasing it.
 */
final class MutexCore implements OwnedCore {
  private final String name;
  private final Contexts contexts;
  private final Engine engine;
  private final Waits waits;
  private final WordLock word;
  private final long heldWord;
  private final Function<String, Condition> conditions;

  private final LocalOwner owner;
  private int depth;
  private long sampledAt;

  MutexCore(
      LockSite site, Engine engine, Function<MutexCore, Function<String, Condition>> conditions) {
    this.name = site.name();
    this.engine = engine;
    this.contexts = engine.contexts();
    this.waits = engine.waits();
    this.owner = new LocalOwner(contexts);
    this.word = new WordLock(site, engine, false);
    this.heldWord = WaitWord.of(site.key(), WaitWord.EXCLUSIVE);
    this.conditions = conditions.apply(this);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public WordLock word() {
    return word;
  }

  long now() {
    return engine.now();
  }

  void beforeAsking(LockClass lockClass, boolean mayWait) {
    engine.beforeAskingForMutex(word.key, lockClass, mayWait);
  }

  Condition condition(String conditionName) {
    return conditions.apply(conditionName);
  }

  // ---- taking ----------------------------------------------------------------------------------

  /** Takes it if it is free and nobody waits, or if it is the caller's. */
  boolean tryFast() {
    Context me = owner.current();
    if (word.tryFast(me, WaitWord.EXCLUSIVE)) {
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
    if (word.ownerDied()) {
      word.abandon();
    } else {
      word.release(me, WaitWord.EXCLUSIVE);
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
      taken = word.tryNow(me, WaitWord.EXCLUSIVE);
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
      Wait.@Nullable End end = word.acquire(contexts.current(), WaitWord.EXCLUSIVE, wait);
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
    if (!owner.is(me)) {
      return false;
    }
    depth++;
    return true;
  }

  private void taken(Context me) {
    owner.set(me);
    depth = 1;
    me.addHeld(heldWord);
    if (me.ticket != 0) {
      engine.tickets().tellWaiters(me, word.key, word.word());
    }
    if (word.statistics.isSampled(word.nextToken())) {
      sampledAt = engine.now();
    }
  }

  // ---- owning ----------------------------------------------------------------------------------

  boolean isMine() {
    return owner.mine() != null;
  }

  Context requireMine() {
    @Nullable Context mine = owner.mine();
    if (mine == null) {
      throw new IllegalMonitorStateException(
          "not the owner: lock=%s, thread=%s; only the thread that took it may use or release it"
              .formatted(name, Thread.currentThread().getName()));
    }
    return mine;
  }

  Context requireMineAndOpen() {
    Context me = requireMine();
    if (waits.isClosed()) {
      throw Refusals.closedInside(name);
    }
    return me;
  }

  @Override
  public long token() {
    requireMine();
    return word.token();
  }

  @Override
  public boolean ownerDied() {
    requireMineAndOpen();
    return word.ownerDied();
  }

  @Override
  public void markConsistent() {
    requireMineAndOpen();
    word.markConsistent();
  }

  @Override
  public UndoRecord undo() {
    return new UndoRecord(
        word.undo(),
        engine.membership().platform(),
        this::requireMineAndOpen,
        this::requireMineAndOpen);
  }

  /** Runs a repair as the owner; if it fails, the lock is left to the next one. */
  void repair(Consumer<Hold> repair) {
    requireMine();
    depth++;
    boolean done = false;
    try {
      repair.accept(new RepairHold(this));
      word.markConsistent();
      done = true;
    } finally {
      depth--;
      if (!done) {
        abandon();
      }
    }
  }

  OwnerDiedException refuseInconsistent() {
    requireMine();
    abandon();
    return new OwnerDiedException(
        "lock's owner died inside: name=%s; what it protects may be half changed. Take it with hold(), repair, markConsistent(); or give lock() a repair: repairedBy(…)"
            .formatted(name));
  }

  /** Leaves it as a dead owner would. */
  @Override
  public void abandon() {
    Context me = requireMineAndOpen();
    forget(me);
    word.abandon();
    contexts.done(me);
  }

  @Override
  public void release() {
    Context me = requireMine();
    if (depth > 1) {
      depth--;
      return;
    }
    noteHeld();
    forget(me);
    word.release(me, WaitWord.EXCLUSIVE);
    contexts.done(me);
  }

  private void noteHeld() {
    if (sampledAt != 0) {
      word.statistics.held(engine.now() - sampledAt);
    }
  }

  private void forget(Context me) {
    sampledAt = 0;
    depth = 0;
    owner.clear();
    var _ = me.removeHeld(heldWord);
  }

  /** Whether somebody more urgent waits and may have it. */
  @Override
  public boolean isPreempted(Priority own) {
    Context me = requireMineAndOpen();
    engine.beforeAskingAgain(me, word.key);
    long seen = word.word();
    return OwnerWord.hasWaiters(seen)
        && !OwnerWord.ownerDied(seen)
        && depth == 1
        && (engine.urgency().isPreempted(me, heldWord, own) || word.isMoreUrgentHere(own));
  }

  /** Hands it over to whoever is next, and takes it again. */
  @Override
  public void stepAside(Priority own) {
    Context me = requireMine();
    noteHeld();
    forget(me);
    word.stepAside(me, WaitWord.EXCLUSIVE);
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
    Context me = owner.current();
    if (word.tryFast(me, WaitWord.EXCLUSIVE)) {
      taken(me); // whatever was closed meanwhile: the caller is inside until it releases
    } else {
      acquire(Wait.forEver(priority, now()));
    }
    depth = depthBefore;
  }

  // ---- in place of its owner -------------------------------------------------------------------

  @Override
  public boolean isOwnedHere() {
    return word.isOwnedBy(engine.membership().me());
  }

  @Override
  public boolean recover(long participant) {
    return word.recover(participant);
  }

  @Override
  public void close() {
    word.close();
  }

  @Override
  public void abandonFor(Context ended) {
    if (OwnerWord.identity(word.word()) == ended.identity) {
      var _ = ended.removeHeld(heldWord);
      owner.clear();
      word.abandonDead();
    }
  }

  // ---- refusals --------------------------------------------------------------------------------

  LockTimeoutException timedOut(Duration timeout) {
    return new LockTimeoutException(
        "lock was not to be had in time: name=%s, waited=%s; see who has it: holdfast locks"
            .formatted(name, timeout));
  }

  private TransactionDiedException died() {
    return new TransactionDiedException(
        "transaction has to give way to an older one: lock=%s, ticket=%d; undo what was changed and restart(), or leave that to run()"
            .formatted(name, Tickets.number(contexts.current())));
  }

  /** Whether its owners are threads of that participant. */
  boolean isOf(Contexts some) {
    return contexts == some;
  }

  LocksClosedException closed() {
    return Refusals.closed(name);
  }
}
