package dev.holdfast.sync;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A read-write lock owned for writing or update. */
final class CoreWriteHold implements WriteHold {
  private final ReadWriteCore core;
  private final Priority priority;
  private long token;
  private boolean closed;

  /** Others have the lock: a checkpoint did not get it back. */
  private boolean lost;

  CoreWriteHold(ReadWriteCore core, Priority priority) {
    this.core = core;
    this.priority = priority;
    this.token = core.word().token();
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
  public boolean isExclusive() {
    requireOpen();
    return core.modeOfMine() == WaitWord.EXCLUSIVE;
  }

  @Override
  public void upgrade() {
    requireOpen();
    requireUpgraded(core.upgrade(Wait.forEver(priority, core.now())), Duration.ZERO);
  }

  @Override
  public void upgrade(Duration timeout) {
    requireOpen();
    requireUpgraded(core.upgrade(Wait.atMost(timeout, false, priority, core.now())), timeout);
  }

  private void requireUpgraded(Wait.@Nullable End end, Duration timeout) {
    if (end == Wait.End.CLOSED) {
      throw Refusals.closed(core.name());
    }
    if (end != null) {
      throw core.timedOut(timeout);
    }
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
  public void downgrade() {
    requireOpen();
    core.downgradeToUpdate();
  }

  @Override
  public ReadHold downgradeToRead() {
    requireOpen();
    core.downgradeToRead();
    closed = true;
    return new CoreReadHold(core);
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
    if (!lost) {
      requireOpen();
      core.release();
    }
    closed = true;
  }

  private void requireOpen() {
    if (closed || lost) {
      throw new IllegalMonitorStateException("hold is closed: lock=" + core.name());
    }
  }
}
