package dev.holdfast.sync;

import dev.holdfast.region.HoldfastException;

/** No lock is placed at that offset of the region. */
public final class LockNotFoundException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  LockNotFoundException(String message) {
    super(message, null);
  }
}
