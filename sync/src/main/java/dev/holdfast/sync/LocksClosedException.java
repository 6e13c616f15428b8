package dev.holdfast.sync;

import dev.holdfast.region.HoldfastException;

/**
 * The space, or the locks of a region, were closed while somebody waited for one or owned it, or
 * before. The caller does not own the lock; one who was inside learns it when it releases.
 */
public final class LocksClosedException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  LocksClosedException(String message) {
    super(message, null);
  }

  LocksClosedException(String message, IllegalStateException unmapped) {
    super(message, unmapped);
  }
}
