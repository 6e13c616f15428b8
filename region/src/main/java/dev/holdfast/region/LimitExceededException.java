package dev.holdfast.region;

import org.jspecify.annotations.Nullable;

/** The request goes over a limit of the space; nothing was allocated. */
public final class LimitExceededException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  public LimitExceededException(String message) {
    this(message, null);
  }

  public LimitExceededException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
