package dev.holdfast.sync;

import dev.holdfast.region.HoldfastException;

/** The lock was not to be had in time. The caller does not own it. */
public final class LockTimeoutException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  LockTimeoutException(String message) {
    super(message, null);
  }
}
