package dev.holdfast.resource.cache.shared;

import dev.holdfast.region.HoldfastException;

/** A region is not the cache it is opened as: another layout or codec, unfinished, or damaged. */
public final class SharedCacheException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  SharedCacheException(String message) {
    super(message, null);
  }
}
