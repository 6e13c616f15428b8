package dev.holdfast.region;

import org.jspecify.annotations.Nullable;

/**
 * The space's files are not safe to use: wrong owner, a symbolic link, world-writable, or not what
 * they should be.
 */
public final class SpaceRefusedException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  SpaceRefusedException(String message) {
    this(message, null);
  }

  SpaceRefusedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
