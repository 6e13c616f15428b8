package dev.holdfast.sync;

import dev.holdfast.region.HoldfastException;

/**
 * The lock was released inconsistent: its owner had died, and who came next went without declaring
 * it consistent. Nobody gets it until an operator resets it. The caller does not own it.
 */
public final class NotRecoverableException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  NotRecoverableException(String message) {
    super(message, null);
  }
}
