package dev.holdfast.resource.file;

import dev.holdfast.region.HoldfastException;

/** A file was not written with the layout or version it is being opened with, or is damaged. */
public final class SchemaMismatchException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  SchemaMismatchException(String message) {
    super(message, null);
  }
}
