package dev.holdfast.sync;

import dev.holdfast.region.HoldfastException;

/**
 * The lock's owner died inside, and nobody repaired what it protects since. The caller does not own
 * the lock. Take it with {@code hold()}, repair, and declare it consistent.
 */
public final class OwnerDiedException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  OwnerDiedException(String message) {
    super(message, null);
  }
}
