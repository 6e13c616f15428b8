package dev.holdfast.region;

import org.jspecify.annotations.Nullable;

/** Somebody alive holds what was needed for longer than the time-out. */
public final class BusyException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  BusyException(String message) {
    this(message, null);
  }

  BusyException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
