package dev.holdfast.region;

import org.jspecify.annotations.Nullable;

/** No region of that name or id can be opened: it never was, it is being removed, or it is gone. */
public final class RegionNotFoundException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  RegionNotFoundException(String message) {
    this(message, null);
  }

  RegionNotFoundException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
