package dev.holdfast.sync;

import dev.holdfast.region.HoldfastException;

/** A lock stands already where one was to be placed. */
public final class PlaceTakenException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  PlaceTakenException(String message) {
    super(message, null);
  }
}
