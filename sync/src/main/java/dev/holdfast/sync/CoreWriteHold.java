package dev.holdfast.sync;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A read-write lock owned for writing or update. */
final class CoreWriteHold extends OwnedHold implements WriteHold {
  private final ReadWriteCore core;
  private final Priority priority;

  CoreWriteHold(ReadWriteCore core, Priority priority) {
    super(core, priority);
    this.core = core;
    this.priority = priority;
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
  public void downgrade() {
    requireOpen();
    core.downgradeToUpdate();
  }

  @Override
  public ReadHold downgradeToRead() {
    requireOpen();
    core.downgradeToRead();
    end();
    return new CoreReadHold(core);
  }
}
