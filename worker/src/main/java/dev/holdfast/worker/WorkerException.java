package dev.holdfast.worker;

import dev.holdfast.region.HoldfastException;
import org.jspecify.annotations.Nullable;

/** A call or a worker did not do what it was to do; the subclass says in which way. */
public abstract class WorkerException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  WorkerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
