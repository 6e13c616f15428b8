package dev.holdfast.sync;

import dev.holdfast.region.HoldfastException;

/**
 * The caller's transaction has to give way to an older one, and does not own the mutex that it
 * waited for. It still owns the others: it should undo what it changed and {@link
 * LockTransaction#restart() restart}. {@link LockTransaction#run} does that.
 */
public final class TransactionDiedException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  TransactionDiedException(String message) {
    super(message, null);
  }
}
