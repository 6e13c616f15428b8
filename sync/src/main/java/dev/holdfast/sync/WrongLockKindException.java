package dev.holdfast.sync;

import dev.holdfast.region.HoldfastException;

/** There is a lock of that name, but of another kind or size. */
public final class WrongLockKindException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  WrongLockKindException(String message) {
    super(message, null);
  }
}
