package dev.holdfast.region;

import org.jspecify.annotations.Nullable;

/** The space was laid out by a version of Holdfast that this one does not understand. */
public final class LayoutMismatchException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  public LayoutMismatchException(String message) {
    this(message, null);
  }

  public LayoutMismatchException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
