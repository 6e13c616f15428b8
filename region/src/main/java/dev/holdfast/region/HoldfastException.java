package dev.holdfast.region;

import org.jspecify.annotations.Nullable;

/**
 * Something that Holdfast refused or could not do. The message says what happened, with the values,
 * and what to do next; the subclass says which kind it is. Failures of the operating system that
 * have no meaning of their own here stay {@link dev.holdfast.platform.SystemCallException}.
 */
public abstract class HoldfastException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  protected HoldfastException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
