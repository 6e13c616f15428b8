package dev.holdfast.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One read-write lock as this process sees it. The word belongs to the writer or the updater; X in
 * it keeps readers out; each process that reads has a cell.
 *
 * <p><b>Ordering.</b> A writer that leaves grants those who wait to read; whoever is granted is
 * inside, and sets its process's cell before its grant goes. A writer that comes looks for grants,
 * then at the cells. As long as there is a grant there is W in the word, so who takes a word
 * without W need not look for any.
 *
 * <p><b>Crash points.</b> A dead reader's cell names the dead: passed over and cleared; its grant
 * is passed over like its wait. A dead writer's word is taken over by whoever comes, reading or
 * writing, who is told. A writer that dies admitting readers was done: those that it granted are
 * inside, and the next writer waits for them; the others wait on.
 */
final class ReadWriteCore extends OwnedCore {
  private final Readers readers;
  private final long cellsAt;
  private final boolean biased;
  private final long readWord;
  private final long updateWord;
  private final long writeWord;
  private final LocalGate readGate;

  /** How its owner has it: {@link WaitWord#EXCLUSIVE} or {@link WaitWord#UPDATE}. */
  private long mode;

  ReadWriteCore(LockSite site, Engine engine) {
    super(site, engine, true);
    this.readers = new Readers(site, this, waiters, engine.membership().me());
    this.cellsAt = site.cellsAt();
    this.biased = site.readBiased();
    this.readWord = WaitWord.of(key, WaitWord.READ);
    this.updateWord = WaitWord.of(key, WaitWord.UPDATE);
    this.writeWord = WaitWord.of(key, WaitWord.EXCLUSIVE);
    this.readGate = engine.newGate();
  }

  Readers readers() {
    return readers;
  }

  @Override
  long heldWord() {
    return mode == WaitWord.EXCLUSIVE ? writeWord : updateWord;
  }

  // ---- reading ---------------------------------------------------------------------------------

  /** Goes in without waiting, if that can be. */
  boolean tryReadNow() {
    Context me = current();
    boolean inside = me.heldOf(key) != 0;
    if (readers.tryEnter(inside)) {
      if (!inside && waits.isClosed()) { // looked after: who closes sees the cell, or this
        readers.leave();
        contexts.done(me);
        throw Refusals.closed(name);
      }
      me.addHeld(readWord);
      came(me);
      return true;
    }
    contexts.done(me);
    return false;
  }

  /** Goes in if nobody living is in the way; a time-out that nobody set is not counted. */
  boolean tryRead(@Nullable Consumer<Hold> repair) {
    return tryReadNow()
        || (isKeptOutByTheDead()
            && read(new Wait(0, false, Priority.NORMAL, now()), repair) == null);
  }

  /**
   * Goes in, waiting as {@code wait} says.
   *
   * @return why not; null if the caller reads now
   */
  Wait.@Nullable End read(Wait wait, @Nullable Consumer<Hold> repair) {
    if (tryReadNow()) {
      return null;
    }
    waits.enter(name);
    boolean got = false;
    try {
      boolean late = wait.isOver(now()) && !isKeptOutByTheDead();
      Wait.@Nullable End end = late ? timedOut() : readSlowly(wait, repair);
      got = end == null;
      return end;
    } finally {
      if (got) {
        contexts.current().addHeld(readWord);
      } else {
        contexts.done();
      }
      waits.leave();
    }
  }

  /**
   * Whether a dead owner is all that is in the way.
   *
   * @throws NotRecoverableException if nobody can have it any more
   */
  private boolean isKeptOutByTheDead() {
    long seen = word();
    if (OwnerWord.isNotRecoverable(seen)) {
      throw notRecoverable();
    }
    return OwnerWord.keepsReadersOut(seen) && (OwnerWord.isFree(seen) || isDead(seen, false));
  }

  private Wait.End timedOut() {
    statistics.count(LockLayout.TIME_OUTS);
    return Wait.End.TIMED_OUT;
  }

  private Wait.@Nullable End readSlowly(Wait wait, @Nullable Consumer<Hold> repair) {
    while (true) {
      Context me = contexts.current(); // whoever queued or repaired may have another one
      ReadGoal goal = new ReadGoal(me, wait);
      Wait.@Nullable End end = me.owned() == 0 ? queue(goal, wait) : contend(goal, wait);
      statistics.ended(end, now() - wait.since());
      if (end != null || !goal.ownerDied) {
        return end;
      }
      end = repairAsWriter(goal.me, wait, repair);
      if (end != null) {
        return end;
      }
    }
  }

  private Wait.@Nullable End queue(ReadGoal goal, Wait wait) {
    contexts.done(goal.me);
    Wait.@Nullable End end = readGate.enter(wait);
    if (end != null) {
      return end;
    }
    try {
      goal.me = contexts.current();
      return contend(goal, wait);
    } finally {
      readGate.leave();
    }
  }

  private Wait.@Nullable End contend(ReadGoal goal, Wait wait) {
    try {
      return waits.await(goal.me, readWord, 0, wait, goal);
    } catch (DeadlockException victim) {
      statistics.count(LockLayout.VICTIMS);
      throw victim;
    }
  }

  /** Waits until readers may go in. */
  private final class ReadGoal implements Waits.Goal {
    private final Wait wait;
    private Context me;
    private boolean ownerDied;

    ReadGoal(Context me, Wait wait) {
      this.me = me;
      this.wait = wait;
    }

    @Override
    public Waits.Look look(boolean prove) {
      if (me.isGranted()) {
        readers.enterGranted();
        return Waits.Look.GOT;
      }
      long seen = word();
      if (OwnerWord.isNotRecoverable(seen)) {
        throw notRecoverable();
      }
      if (!OwnerWord.keepsReadersOut(seen)) {
        return me.unpublish(readWord) && enterOrPublish() ? Waits.Look.GOT : Waits.Look.AGAIN;
      }
      if (OwnerWord.isFree(seen) || isDead(seen, prove)) {
        // taken over with the wait word still out: nobody can let us in beside it
        ownerDied = takeOver(me, WaitWord.EXCLUSIVE, seen);
        return ownerDied ? Waits.Look.GOT : Waits.Look.AGAIN;
      }
      if (!markWaiters(seen)) {
        return Waits.Look.AGAIN;
      }
      waits.tellOwner(seen, wait);
      return Waits.Look.NOT_NOW;
    }

    private boolean enterOrPublish() {
      boolean entered = readers.tryEnter(false);
      if (!entered) {
        me.publish(readWord);
      }
      return entered;
    }

    @Override
    public void passOn() {
      // each reader is woken for itself
    }
  }

  private boolean isDead(long seen, boolean prove) {
    return waits.isDead(OwnerWord.participant(seen), prove);
  }

  /** A reader that took over a dead writer's word: it repairs as the writer, then reads. */
  private Wait.@Nullable End repairAsWriter(
      Context me, Wait wait, @Nullable Consumer<Hold> repair) {
    taken(me, WaitWord.EXCLUSIVE);
    Wait.@Nullable End end = drainOrRelease(me, wait);
    if (end == null) {
      requireConsistent(repair);
      release();
    }
    return end;
  }

  /** Of one that never got to what it protects: if a dead owner left it, the next one is told. */
  private void giveBack() {
    if (isLeftByTheDead()) {
      abandon();
    } else {
      release();
    }
  }

  void readDone() {
    Context me = current();
    if (!me.removeHeld(readWord)) {
      contexts.done(me);
      throw notMine("it does not read");
    }
    readers.leave();
    contexts.done(me);
    if (waits.isClosed()) {
      throw Refusals.closedInside(name);
    }
  }

  // ---- writing and updating --------------------------------------------------------------------

  /**
   * Takes the word, and for writing waits until the readers have left.
   *
   * @param wanted {@link WaitWord#EXCLUSIVE} or {@link WaitWord#UPDATE}
   * @return why not; null if the caller owns it now
   */
  Wait.@Nullable End acquire(long wanted, Wait wait) {
    Context me = contexts.current();
    if (isOwner(me)) {
      return reenter(wanted);
    }
    requireNoRead(me);
    waits.enter(name);
    try {
      return acquireAndDrain(me, wanted, wait);
    } finally {
      waits.leave();
    }
  }

  private Wait.@Nullable End acquireAndDrain(Context me, long wanted, Wait wait) {
    boolean taken = false;
    try {
      Wait.@Nullable End end = tryTakeFree(me, wanted) ? null : take(me, wanted, wait);
      taken = end == null;
      if (end != null) {
        return end;
      }
    } finally {
      if (!taken) {
        contexts.done();
      }
    }
    Context mine = contexts.current(); // whoever queued may have another one
    taken(mine, wanted);
    return wanted == WaitWord.EXCLUSIVE ? drainOrRelease(mine, wait) : null;
  }

  /** Takes it if nobody has it, waits for it or reads. */
  boolean tryOwnNow(long wanted) {
    Context me = current();
    if (me.owned() > 0 || !tryTakeFree(me, wanted)) {
      return false; // who owns something may own this: looked at when it is acquired
    }
    boolean closed = waits.isClosed();
    if (closed || (wanted == WaitWord.EXCLUSIVE && !isDrained(false))) {
      free(me, wanted);
      if (closed) {
        contexts.done(me);
        throw Refusals.closed(name);
      }
      return false;
    }
    taken(me, wanted);
    return true;
  }

  private Wait.@Nullable End reenter(long wanted) {
    if (wanted == WaitWord.EXCLUSIVE && mode == WaitWord.UPDATE) {
      throw new IllegalMonitorStateException(
          "the thread updates and wants to write: lock=%s; upgrade its hold instead"
              .formatted(name));
    }
    depth++;
    return null;
  }

  private void requireNoRead(Context me) {
    if (me.holds(readWord)) {
      throw new IllegalMonitorStateException(
          "the thread reads and wants to write: lock=%s; two that do would wait for each other for ever. Take it with update() from the start, then upgrade"
              .formatted(name));
    }
  }

  private void taken(Context me, long wanted) {
    mode = wanted;
    noteTaken(me);
  }

  private Wait.@Nullable End drainOrRelease(Context me, Wait wait) {
    boolean drained = false;
    try {
      Wait.@Nullable End end = drain(me, wait);
      drained = end == null;
      return end;
    } finally {
      if (!drained) {
        giveBack();
      }
    }
  }

  /** With X set: waits until no living process reads. */
  private Wait.@Nullable End drain(Context me, Wait wait) {
    if (isDrained(false)) {
      return null;
    }
    Waits.Goal goal =
        new Waits.Goal() {
          @Override
          public Waits.Look look(boolean prove) {
            return isDrained(prove) ? Waits.Look.GOT : Waits.Look.NOT_NOW;
          }

          @Override
          public void passOn() {
            // a reader that left told its owner, which is still the caller
          }
        };
    Wait.@Nullable End end = awaitDrained(me, wait, goal);
    while (end == Wait.End.STEP_BACK) {
      clearExclusive();
      addMark(OwnerWord.EXCLUSIVE);
      end = awaitDrained(me, wait, goal);
    }
    statistics.ended(end, now() - wait.since());
    return end;
  }

  private Wait.@Nullable End awaitDrained(Context me, Wait wait, Waits.Goal goal) {
    if (biased) {
      ringReaders(); // with X set: nobody keeps another cell from now on
    }
    return waits.await(me, WaitWord.of(key, WaitWord.DRAIN), 0, wait, goal);
  }

  private boolean isDrained(boolean prove) {
    return !isAnybodyGranted(prove) && areCellsClear(prove); // in this order
  }

  private boolean isAnybodyGranted(boolean prove) {
    return OwnerWord.hasWaiters(word())
        && waiters.isAnyGranted(readWord, participant -> !waits.isDead(participant, prove));
  }

  private boolean areCellsClear(boolean prove) {
    long me = engine.membership().me();
    int high = waiters.highParticipant();
    boolean drained = true;
    for (int slot = 0; slot < high; slot++) {
      long cellAt = cellsAt + (long) slot * Long.BYTES;
      long reader = words.get(cellAt);
      if (reader == 0) {
        continue;
      }
      if (reader == me) {
        drained &= readers.clearIfEmpty();
      } else if (!waits.isDead(reader, prove) || !words.compareAndSet(cellAt, reader, 0)) {
        drained = false;
      }
    }
    return drained;
  }

  private void ringReaders() {
    for (int slot = 0; slot < waiters.highParticipant(); slot++) {
      waiters.ring(words.get(cellsAt + (long) slot * Long.BYTES));
    }
  }

  /** Lets in those who waited to read, and takes X off the word. */
  private void clearExclusive() {
    List<Integer> admitted = admit();
    dropMark(OwnerWord.EXCLUSIVE);
    admitted.forEach(waiters::signal);
    signalReaders(); // and those who came after the look
  }

  private List<Integer> admit() {
    long seen = word();
    if (OwnerWord.ownerDied(seen) || !OwnerWord.hasWaiters(seen)) {
      return List.of();
    }
    clearUndo(); // first: what they read from now on is not taken back
    List<Integer> admitted = new ArrayList<>();
    waiters.each(
        key,
        READERS,
        context -> {
          if (waiters.grant(context, readWord)) {
            admitted.add(context);
          }
          return true;
        });
    return admitted;
  }

  // ---- what the owner does ---------------------------------------------------------------------

  long modeOfMine() {
    requireMine();
    return mode;
  }

  @Override
  void requireMayChange() {
    requireMine();
    if (mode != WaitWord.EXCLUSIVE) {
      throw notMine("it updates and changes nothing yet: upgrade first");
    }
  }

  /** From update to write. */
  Wait.@Nullable End upgrade(Wait wait) {
    Context me = requireMine();
    if (mode == WaitWord.EXCLUSIVE) {
      return null;
    }
    requireNoRead(me);
    beforeAskingAgain(me); // it waits for readers, who may wait for the caller
    waits.enter(name);
    addMark(OwnerWord.EXCLUSIVE);
    boolean drained = false;
    try {
      Wait.@Nullable End end = drain(me, wait);
      drained = end == null;
      if (drained) {
        mode = WaitWord.EXCLUSIVE;
        me.changeHeld(updateWord, writeWord);
      }
      return end;
    } finally {
      if (!drained) {
        clearExclusive();
      }
      waits.leave();
    }
  }

  /** From write to update. */
  void downgradeToUpdate() {
    Context me = requireMineAndOpen();
    if (mode == WaitWord.EXCLUSIVE && depth == 1) {
      if (!isLeftByTheDead()) {
        clearUndo();
      }
      mode = WaitWord.UPDATE;
      me.changeHeld(writeWord, updateWord);
      clearExclusive();
    }
  }

  /** From write or update to read: no writer gets in between. */
  void downgradeToRead() {
    Context me = requireMine();
    if (isLeftByTheDead()) {
      throw new IllegalMonitorStateException(
          "an owner died inside and nobody declared it consistent: lock=%s; repair, markConsistent(), then go on to read"
              .formatted(name));
    }
    if (!readers.tryEnter(true)) {
      throw new AssertionError("the owner is kept out: lock=" + name);
    }
    me.addHeld(readWord);
    release();
  }

  @Override
  void release() {
    Context me = requireMine();
    if (depth > 1) {
      depth--;
      return;
    }
    noteReleased(me);
    List<Integer> admitted = mode == WaitWord.EXCLUSIVE ? admit() : List.of();
    free(me, mode);
    admitted.forEach(waiters::signal);
    contexts.done(me);
  }

  @Override
  boolean mayStepAside(Context me) {
    return !me.holds(readWord);
  }

  @Override
  boolean isMoreUrgentHere(Priority own) {
    return super.isMoreUrgentHere(own)
        || (mode == WaitWord.EXCLUSIVE && readGate.isAnybodyAbove(own));
  }

  @Override
  void stepAside(Priority own) {
    Context me = requireMine();
    long released = mode;
    noteReleased(me);
    List<Integer> admitted = released == WaitWord.EXCLUSIVE ? admit() : List.of();
    handOn(me, released);
    admitted.forEach(waiters::signal);
    if (acquire(released, Wait.forEver(own, now())) != null) {
      throw Refusals.closed(name); // for ever ends with the space only
    }
  }

  // ---- in place of others ----------------------------------------------------------------------

  @Override
  boolean isOwnedHere() {
    return super.isOwnedHere() || !readers.clearIfEmpty();
  }

  @Override
  void abandonFor(Context ended) {
    while (ended.holds(readWord)) {
      var _ = ended.removeHeld(readWord);
      readers.leave();
    }
    super.abandonFor(ended);
  }

  @Override
  boolean recover(long participant) {
    boolean owned = super.recover(participant);
    long cellAt = cellsAt + (participant & 0xFFFF) * Long.BYTES;
    var _ = words.compareAndSet(cellAt, participant, 0);
    readers.signalDrainer(); // it may have been granted, too
    return owned;
  }

  @Override
  void close() {
    super.close();
    readGate.close();
  }
}
