package dev.holdfast.region;

import org.jspecify.annotations.Nullable;

/** The file system below has not enough room; nothing was left behind. */
public final class OutOfSharedMemoryException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  OutOfSharedMemoryException(String message) {
    this(message, null);
  }

  OutOfSharedMemoryException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
