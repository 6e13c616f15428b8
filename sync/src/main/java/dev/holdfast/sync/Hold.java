package dev.holdfast.sync;

/**
 * A lock that is owned until this is closed: by the thread that took it, in the same thread.
 *
 * <p><b>Errors.</b> {@link IllegalMonitorStateException} if another thread uses it, or after close.
 */
public interface Hold extends AutoCloseable {
  /**
   * Higher than that of every earlier hold of this lock, whoever had it: whatever the lock protects
   * can refuse those that come late with a lower one.
   */
  long token();

  /**
   * Whether an earlier owner died inside and nobody declared what the lock protects consistent
   * since. Then repair it, and {@link #markConsistent}; to close without is to say that it cannot
   * be repaired, and makes the lock not recoverable for all.
   */
  boolean ownerDied();

  /** Declares what the lock protects consistent. */
  void markConsistent();

  /**
   * What the owner writes down so that the next one can take back what it left half changed.
   *
   * @throws IllegalStateException if the lock was made without room for it
   */
  UndoRecord undo();

  /**
   * Releases the lock as if its owner had died: the next one is told so, again. For who finds that
   * it cannot repair what the lock protects, or left it half changed itself.
   */
  void abandon();

  /** Releases the lock. A second close is refused, for the lock may be somebody else's by then. */
  @Override
  void close();
}
