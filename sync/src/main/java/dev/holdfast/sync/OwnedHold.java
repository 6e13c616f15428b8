package dev.holdfast.sync;

/** A lock held by its one owner. */
class OwnedHold implements Hold {
  private final OwnedCore core;
  private final Priority priority;
  private long token;
  private boolean closed;

  /** Another has the lock: a checkpoint did not get it back. */
  private boolean lost;

  OwnedHold(OwnedCore core, Priority priority) {
    this.core = core;
    this.priority = priority;
    this.token = core.lastToken();
  }

  @Override
  public long token() {
    return token;
  }

  @Override
  public boolean ownerDied() {
    requireOpen();
    return core.ownerDied();
  }

  @Override
  public void markConsistent() {
    requireOpen();
    core.markConsistent();
  }

  @Override
  public UndoRecord undo() {
    requireOpen();
    return core.undo();
  }

  @Override
  public boolean checkpoint() {
    requireOpen();
    if (!core.isPreempted(priority)) {
      return false;
    }
    lost = true;
    core.stepAside(priority);
    lost = false;
    token = core.token();
    return true;
  }

  @Override
  public void abandon() {
    end();
    core.abandon();
  }

  /** It is somebody else's from now on. */
  final void end() {
    requireOpen();
    closed = true;
  }

  @Override
  public void close() {
    if (!lost) {
      requireOpen();
      core.release();
    }
    closed = true;
  }

  final void requireOpen() {
    if (closed || lost) {
      throw new IllegalMonitorStateException("hold is closed: lock=" + core.name());
    }
  }
}
