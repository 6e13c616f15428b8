package dev.holdfast.sync;

/** A lock with one owner, as that owner has it; every other caller is refused. */
interface OwnedCore extends LockCore {
  String name();

  WordLock word();

  long token();

  boolean ownerDied();

  void markConsistent();

  UndoRecord undo();

  /** Whether somebody more urgent than {@code own} waits and may have it. */
  boolean isPreempted(Priority own);

  /** Hands it over to whoever is next, and takes it again as it was. */
  void stepAside(Priority own);

  /** Leaves it as a dead owner would. */
  void abandon();

  void release();
}
