package dev.holdfast.resource.pool;

import org.jspecify.annotations.Nullable;

/**
 * Creating objects keeps failing and none is left that could be waited for. The cause is the latest
 * failure.
 */
public final class PoolUnavailableException extends PoolException {
  private static final long serialVersionUID = 1L;

  PoolUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
