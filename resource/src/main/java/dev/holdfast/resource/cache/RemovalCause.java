package dev.holdfast.resource.cache;

/** Why a value left the cache. */
public enum RemovalCause {
  /** Somebody removed it, cleared the cache or closed it. */
  REMOVED,
  /** Another value took its place. */
  REPLACED,
  /** Its time was over. */
  EXPIRED,
  /** The cache was full, and the policy chose it. */
  EVICTED;

  /** Whether the cache itself decided, not somebody who called it. */
  public boolean isAutomatic() {
    return this == EXPIRED || this == EVICTED;
  }
}
