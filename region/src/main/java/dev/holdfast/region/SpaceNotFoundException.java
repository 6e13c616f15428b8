package dev.holdfast.region;

import org.jspecify.annotations.Nullable;

/** There is no such space, and it was not to be created. */
public final class SpaceNotFoundException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  SpaceNotFoundException(String message) {
    this(message, null);
  }

  SpaceNotFoundException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
