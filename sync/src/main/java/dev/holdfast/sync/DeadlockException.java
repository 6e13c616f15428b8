package dev.holdfast.sync;

import dev.holdfast.region.HoldfastException;

/**
 * Threads, of whatever processes, waited for each other in a ring, and the caller was chosen to
 * give up. It does not own the lock that it waited for; it should release what it owns, wait a
 * little and begin again.
 */
public final class DeadlockException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  DeadlockException(String message) {
    super(message, null);
  }
}
