package dev.holdfast.sync;

import java.time.Duration;

/**
 * A read-write lock that is owned for writing or for update until this is closed, by the thread
 * that took it. Readers go on beside an update; only its owner may become the writer.
 */
public interface WriteHold extends Hold {
  /** Whether readers are kept out. */
  boolean isExclusive();

  /**
   * From update to write: keeps new readers out and waits until those inside have left, however
   * long. Nobody else wrote since this hold was taken.
   */
  void upgrade();

  /**
   * From update to write.
   *
   * @throws LockTimeoutException if the readers did not leave in time; it is an update still
   */
  void upgrade(Duration timeout);

  /** From write to update: lets readers in. Never waits. */
  void downgrade();

  /**
   * From write or update to read: no writer gets in between. Never waits. This hold is closed by
   * it.
   */
  ReadHold downgradeToRead();
}
