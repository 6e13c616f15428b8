package dev.holdfast.resource.pool;

import org.jspecify.annotations.Nullable;

/** The pool is shut down, or began to while the caller waited. */
public final class PoolClosedException extends PoolException {
  private static final long serialVersionUID = 1L;

  PoolClosedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
