package dev.holdfast.resource.guard;

/**
 * What became of resources. In the report of a drain or a batch the sum is exact: {@code registered
 * = cleaned + failed + timedOut + abandoned + detached}.
 *
 * @param registered how many there were
 * @param cleaned whose clean-up ran to its end
 * @param failed whose every attempt threw
 * @param timedOut whose clean-up was running at its time-out, or at the end of the drain
 * @param abandoned whose clean-up had not run when the drain ended
 * @param detached that were handed back to the user
 */
public record CleanupReport(
    long registered, long cleaned, long failed, long timedOut, long abandoned, long detached) {
  /** How many are neither cleaned nor given up nor handed back. */
  public long unfinished() {
    return registered - cleaned - failed - timedOut - abandoned - detached;
  }

  /** Whether everything that was not handed back is cleaned. */
  public boolean isClean() {
    return cleaned + detached == registered;
  }

  /** Cleaned ones among those whose clean-up was tried, retries counted once; 1 if none was. */
  public double successRate() {
    long tried = cleaned + failed + timedOut;
    return tried == 0 ? 1 : (double) cleaned / tried;
  }
}
