package dev.holdfast.resource.pool;

import org.jspecify.annotations.Nullable;

/** As many threads as the pool allows are waiting already: overload is refused, not queued. */
public final class PoolFullException extends PoolException {
  private static final long serialVersionUID = 1L;

  PoolFullException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
