package dev.holdfast.sync;

import org.jspecify.annotations.Nullable;

/**
 * One semaphore as this process sees it: a cell a permit, free or with the identity of who has it.
 *
 * <p><b>Crash points.</b> A cell of the dead names the dead: whoever comes takes it over. One who
 * dies after freeing cells and before waking: the sleepers' cap, and news of the death. One who
 * dies after clearing W and before looking: likewise.
 *
 * <p>Source: the robust index set of iceoryx2.
 */
final class SemaphoreCore extends LockCore {
  private static final int[] NONE = {};
  private static final long SCATTER = 0x9E3779B9L; // 2^32 divided by the golden ratio
  private static final long LOW_HALF = 0xFFFF_FFFFL;
  private static final int MODE = 1 << WaitWord.PERMIT;

  private final long cellsAt;
  private final int permits;
  private final long heldWord;

  SemaphoreCore(LockSite site, Engine engine) {
    super(site, engine);
    this.cellsAt = site.cellsAt();
    this.permits = site.cells();
    this.heldWord = WaitWord.of(key, WaitWord.PERMIT);
  }

  int permits() {
    return permits;
  }

  /** Those that nobody living has, at some moment during the call. */
  int available() {
    if (waits.isClosed()) {
      throw Refusals.closed(name);
    }
    int free = 0;
    for (int i = 0; i < permits; i++) {
      long owner = words.get(cell(i));
      free += owner == 0 || isDead(owner, false) ? 1 : 0;
    }
    return free;
  }

  private long cell(int i) {
    return cellsAt + (long) i * Long.BYTES;
  }

  private boolean isDead(long identity, boolean prove) {
    return waits.isDead(OwnerWord.participant(identity), prove);
  }

  // ---- acquiring -------------------------------------------------------------------------------

  /** What a caller got, or why it did not. */
  static final class Outcome {
    final int[] cells;
    final Wait.@Nullable End end;

    Outcome(int[] cells, Wait.@Nullable End end) {
      this.cells = cells;
      this.end = end;
    }
  }

  /** Takes them if they are free and, where that is asked for, nobody waits. */
  int @Nullable [] tryNow(int wanted) {
    requireInRange(wanted);
    if (fair && hasWaiters() && waiters.best(key, MODE) >= 0) {
      return null;
    }
    Context me = current();
    int @Nullable [] cells = tryTake(me, wanted, false);
    if (cells == null) {
      wakeNext(); // the best waiter may have found too few because of what was tried
      contexts.done(me);
      return null;
    }
    if (waits.isClosed()) { // looked after: who closes sees the cells, or this
      free(me, cells, cells.length);
      wakeNext();
      contexts.done(me);
      throw Refusals.closed(name);
    }
    taken(me);
    return cells;
  }

  private void taken(Context me) {
    came(me);
    me.addHeld(heldWord);
    words.setPlain(at + LockLayout.TOKEN, words.getPlain(at + LockLayout.TOKEN) + 1);
  }

  private void requireInRange(int wanted) {
    if (wanted < 1 || wanted > permits) {
      throw new IllegalArgumentException(
          "permits out of range: semaphore=%s, asked=%d, permits=%d"
              .formatted(name, wanted, permits));
    }
  }

  Outcome acquire(int wanted, Wait wait) {
    int @Nullable [] free = tryNow(wanted);
    if (free != null) {
      return new Outcome(free, null);
    }
    if (wait.isOver(now())) {
      statistics.count(LockLayout.TIME_OUTS);
      return new Outcome(NONE, Wait.End.TIMED_OUT);
    }
    waits.enter(name);
    PermitGoal goal = new PermitGoal(contexts.current(), wanted);
    try {
      Wait.@Nullable End end = goal.me.owned() == 0 ? queue(goal, wait) : contend(goal, wait);
      statistics.ended(end, now() - wait.since());
      return new Outcome(goal.cells == null ? NONE : goal.cells, end);
    } finally {
      if (goal.cells == null) {
        contexts.done();
      } else {
        taken(goal.me);
      }
      waits.leave();
    }
  }

  private Wait.@Nullable End queue(PermitGoal goal, Wait wait) {
    contexts.done(goal.me); // so many may queue that there are not contexts for all
    Wait.@Nullable End end = gate.enter(wait);
    if (end != null) {
      return end;
    }
    try {
      goal.me = contexts.current();
      return contend(goal, wait);
    } finally {
      gate.leave();
    }
  }

  private Wait.@Nullable End contend(PermitGoal goal, Wait wait) {
    try {
      return waits.await(goal.me, heldWord, goal.wanted, wait, goal);
    } catch (DeadlockException victim) {
      statistics.count(LockLayout.VICTIMS);
      throw victim;
    }
  }

  /** Waits until it is the best waiter and there are enough. */
  private final class PermitGoal implements Waits.Goal {
    private Context me;
    private final int wanted;
    private int @Nullable [] cells;

    PermitGoal(Context me, int wanted) {
      this.me = me;
      this.wanted = wanted;
    }

    @Override
    public Waits.Look look(boolean prove) {
      words.or(at, OwnerWord.WAITERS); // before the cells are read: who frees one sees it
      int best = waiters.best(key, MODE);
      if (best != me.index && !(prove && isDead(waiters.identityOf(best), true))) {
        return Waits.Look.NOT_NOW;
      }
      cells = tryTake(me, wanted, prove);
      if (cells == null) {
        return Waits.Look.NOT_NOW;
      }
      me.endWait(); // no longer the best waiter: the next one may look
      wakeNextWhateverW();
      return Waits.Look.GOT;
    }

    @Override
    public void passOn() {
      wakeNextWhateverW();
    }
  }

  private boolean hasWaiters() {
    return OwnerWord.hasWaiters(words.get(at));
  }

  /** All that are wanted, or none. */
  private int @Nullable [] tryTake(Context me, int wanted, boolean prove) {
    int[] cells = new int[wanted];
    int taken = 0;
    int start = (int) (((me.index * SCATTER & LOW_HALF) * permits) >>> Integer.SIZE);
    for (int i = 0; i < permits && taken < wanted; i++) {
      int candidate = start + i < permits ? start + i : start + i - permits;
      if (tryTakeCell(me, candidate, prove)) {
        cells[taken++] = candidate;
      }
    }
    if (taken == wanted) {
      return cells;
    }
    free(me, cells, taken);
    return null;
  }

  private boolean tryTakeCell(Context me, int index, boolean prove) {
    long owner = words.get(cell(index));
    if (owner != 0 && (owner == me.identity || !isDead(owner, prove))) {
      return false;
    }
    boolean taken = words.compareAndSet(cell(index), owner, me.identity);
    if (taken && owner != 0) {
      statistics.count(LockLayout.OWNERS_DIED);
    }
    return taken;
  }

  private void free(Context me, int[] cells, int count) {
    for (int i = 0; i < count; i++) {
      words.compareAndSet(cell(cells[i]), me.identity, 0);
    }
  }

  /** If anybody may wait: clears W, looks who does, and wakes the best. */
  private void wakeNext() {
    if (hasWaiters()) {
      wakeNextWhateverW();
    }
  }

  /** For who ends its own wait: somebody may have cleared W for it just now. */
  private void wakeNextWhateverW() {
    words.and(at, ~OwnerWord.WAITERS);
    int best = waiters.best(key, MODE);
    if (best >= 0) {
      words.or(at, OwnerWord.WAITERS);
      waiters.signal(best);
    }
  }

  // ---- releasing -------------------------------------------------------------------------------

  void release(Context me, int[] cells) {
    if (!me.isCurrent()) {
      throw new IllegalMonitorStateException(
          "not the owner: semaphore=%s, thread=%s; only the thread that took permits may release them"
              .formatted(name, Thread.currentThread().getName()));
    }
    var _ = me.removeHeld(heldWord);
    free(me, cells, cells.length);
    wakeNext();
    contexts.done(me);
    if (waits.isClosed()) {
      throw Refusals.closedInside(name);
    }
  }

  Context mine() {
    return current();
  }

  // ---- in place of others ----------------------------------------------------------------------

  @Override
  boolean isOwnedHere() {
    long me = engine.membership().me();
    for (int i = 0; i < permits; i++) {
      if (OwnerWord.participant(words.get(cell(i))) == me) {
        return true;
      }
    }
    return false;
  }

  @Override
  void abandonFor(Context ended) {
    boolean freed = false;
    for (int i = 0; i < permits; i++) {
      freed |= words.compareAndSet(cell(i), ended.identity, 0);
    }
    while (ended.holds(heldWord)) {
      var _ = ended.removeHeld(heldWord);
    }
    if (freed) {
      statistics.count(LockLayout.OWNERS_DIED);
    }
    wakeNext();
  }

  /** Frees what a dead participant had; the word has no owner. */
  @Override
  boolean recover(long participant) {
    boolean freed = false;
    for (int i = 0; i < permits; i++) {
      long owner = words.get(cell(i));
      if (OwnerWord.participant(owner) == participant) {
        freed |= words.compareAndSet(cell(i), owner, 0);
      }
    }
    if (freed) {
      statistics.count(LockLayout.OWNERS_DIED);
      wakeNext();
    }
    return false;
  }

  LockTimeoutException timedOut(int wanted, java.time.Duration timeout) {
    return new LockTimeoutException(
        "permits were not to be had in time: semaphore=%s, asked=%d, available=%d of %d, waited=%s; see who has them: holdfast locks"
            .formatted(name, wanted, available(), permits, timeout));
  }
}
