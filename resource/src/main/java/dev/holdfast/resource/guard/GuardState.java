package dev.holdfast.resource.guard;

/**
 * Where a guarded resource stands.
 *
 * <pre>
 * LIVE ─┬─ close, drain, or the guard was lost ─→ CLOSING ─┬─→ CLEANED
 *       │                                                  ├─→ FAILED
 *       └─ detach ─→ DETACHED                              ├─→ TIMED_OUT
 *                                                          └─→ ABANDONED
 * </pre>
 */
public enum GuardState {
  /** In use. */
  LIVE,
  /** Its clean-up waits for its turn, runs, or waits for its next attempt. */
  CLOSING,
  /** Its clean-up ran to its end. */
  CLEANED,
  /** Every attempt that its policy allows has thrown. */
  FAILED,
  /** Its clean-up was running at its time-out; it was interrupted, and may be running still. */
  TIMED_OUT,
  /** The registry's drain ended before its clean-up ran. */
  ABANDONED,
  /** Handed back to the user, who cleans it up. */
  DETACHED;

  /** Whether nothing follows. */
  public boolean isFinal() {
    return this != LIVE && this != CLOSING;
  }

  /** Whether the resource was given up without having been cleaned. */
  public boolean isLost() {
    return this == FAILED || this == TIMED_OUT || this == ABANDONED;
  }
}
