package dev.holdfast.sync;

import dev.holdfast.region.HoldfastException;

/**
 * The space was closed while somebody waited for one of its locks, or before. The caller does not
 * own the lock.
 */
public final class LocksClosedException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  LocksClosedException(String message) {
    super(message, null);
  }
}
