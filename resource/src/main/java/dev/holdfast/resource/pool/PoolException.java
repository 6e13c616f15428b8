package dev.holdfast.resource.pool;

import dev.holdfast.region.HoldfastException;
import org.jspecify.annotations.Nullable;

/** A pool that could not lend an object; the subclass says why. Nothing was taken from the pool. */
public abstract sealed class PoolException extends HoldfastException
    permits AcquireTimeoutException,
        PoolFullException,
        PoolUnavailableException,
        PoolClosedException {
  private static final long serialVersionUID = 1L;

  PoolException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
