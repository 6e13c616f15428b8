package dev.holdfast.region;

import org.jspecify.annotations.Nullable;

/**
 * Shared state fails its checks; it was not followed. {@code holdfast verify} names the damage,
 * {@code holdfast repair} mends what can be mended.
 */
public final class CorruptedException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  public CorruptedException(String message) {
    this(message, null);
  }

  public CorruptedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
