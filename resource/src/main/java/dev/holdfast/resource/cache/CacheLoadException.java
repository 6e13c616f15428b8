package dev.holdfast.resource.cache;

/** A loader failed, or gave nothing; the cause says why. Nothing was cached. */
public final class CacheLoadException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failed load: what was loaded, and why it failed. */
  public CacheLoadException(String message, Throwable cause) {
    super(message, cause);
  }
}
