package dev.holdfast.sync;

/** What a repair gets: the lock as its owner has it, and stays its caller's. */
record RepairHold(OwnedCore core) implements Hold {
  @Override
  public long token() {
    return core.token();
  }

  @Override
  public boolean ownerDied() {
    return core.ownerDied();
  }

  @Override
  public void markConsistent() {
    core.markConsistent();
  }

  @Override
  public UndoRecord undo() {
    return core.undo();
  }

  @Override
  public boolean checkpoint() {
    return false; // it is not consistent yet
  }

  @Override
  public void abandon() {
    throw new IllegalStateException("a repair that cannot repair throws: lock=" + core.name());
  }

  @Override
  public void close() {
    // the lock is released by whoever took it
  }
}
