package dev.holdfast.sync;

/** A mutex held. */
final class MutexHold implements Hold {
  private final MutexCore core;
  private final long token;
  private boolean closed;

  MutexHold(MutexCore core) {
    this.core = core;
    this.token = core.token();
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
  public void abandon() {
    requireOpen();
    closed = true;
    core.abandon();
  }

  @Override
  public void close() {
    requireOpen();
    closed = true;
    core.release();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalMonitorStateException("hold is closed: lock=" + core.name());
    }
  }
}
