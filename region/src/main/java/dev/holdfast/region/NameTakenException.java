package dev.holdfast.region;

import org.jspecify.annotations.Nullable;

/** A living region already has that name. */
public final class NameTakenException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  NameTakenException(String message) {
    this(message, null);
  }

  NameTakenException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
