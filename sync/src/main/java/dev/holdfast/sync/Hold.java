package dev.holdfast.sync;

/**
 * A lock that is owned until this is closed: by the thread that took it, in the same thread.
 *
 * <p><b>Errors.</b> {@link IllegalMonitorStateException} if another thread uses it, or after close.
 */
public interface Hold extends AutoCloseable {
  /**
   * Higher than that of every earlier hold of this lock, whoever had it: whatever the lock protects
   * can refuse those that come late with a lower one. {@link #checkpoint} changes it.
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
   * Lets somebody more urgent go first: to be called where what the lock protects is consistent. If
   * a thread of a higher priority waits, or one that keeps such a thread waiting, the lock is
   * handed to whoever is next, and taken again when it is this thread's turn. For waiters of its
   * own priority it does nothing, however long they waited. The {@link #undo} record is emptied.
   *
   * <p>Nothing is handed over while the thread owns the lock more than once, for who took it first
   * did not say that its data is consistent, nor before {@link #markConsistent} where that is due.
   *
   * <p><b>Cost.</b> One load while nobody waits; a look at all who wait, otherwise.
   *
   * @return whether others had the lock meanwhile: what was read before is old, {@link #token} is
   *     another one, and {@link #ownerDied} has to be asked again
   * @throws DeadlockException as any waiting does; then the lock is not owned any more and closing
   *     the hold does nothing
   */
  boolean checkpoint();

  /**
   * Releases the lock as if its owner had died: the next one is told so, again. For who finds that
   * it cannot repair what the lock protects, or left it half changed itself.
   */
  void abandon();

  /** Releases the lock. A second close is refused, for the lock may be somebody else's by then. */
  @Override
  void close();
}
