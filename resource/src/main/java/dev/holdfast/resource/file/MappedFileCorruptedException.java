package dev.holdfast.resource.file;

import dev.holdfast.region.HoldfastException;

/** What stands in a mapped file cannot be: a damaged header, a checksum or value that is wrong. */
public final class MappedFileCorruptedException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  MappedFileCorruptedException(String message) {
    super(message, null);
  }
}
