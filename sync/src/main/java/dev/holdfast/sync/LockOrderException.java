package dev.holdfast.sync;

import dev.holdfast.region.HoldfastException;

/**
 * The caller was about to wait for a lock in an order that could end in a deadlock, where {@link
 * LockOrder#THROW} is asked for. Nothing was changed: it owns what it owned, and did not wait.
 */
public final class LockOrderException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  LockOrderException(String message) {
    super(message, null);
  }
}
