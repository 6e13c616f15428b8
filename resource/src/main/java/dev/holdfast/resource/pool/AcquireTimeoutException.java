package dev.holdfast.resource.pool;

import org.jspecify.annotations.Nullable;

/**
 * No object came free within the time-out. The cause, if any, is why the latest creation failed.
 */
public final class AcquireTimeoutException extends PoolException {
  private static final long serialVersionUID = 1L;

  AcquireTimeoutException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
