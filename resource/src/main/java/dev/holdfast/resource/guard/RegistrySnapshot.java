package dev.holdfast.resource.guard;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The figures of a registry at one moment. They are read one after the other while others change
 * them, so that sums may be off by what happened meanwhile.
 *
 * @param name the registry's
 * @param totals what became of all resources so far
 * @param live guards in use
 * @param queued clean-ups that wait for their turn, by priority
 * @param running clean-ups that run, also those beyond the registry's patience
 * @param backingOff clean-ups that wait for their next attempt
 * @param stuck clean-ups that were given up at their time-out and run still
 * @param retries attempts after the first
 * @param late clean-ups that came to their end after they had been given up
 * @param leaked guards lost without being closed
 * @param closedAgain closes of guards that were closed already, by whomever
 * @param refused resources that came too late: cleaned up by the caller's thread, and refused
 * @param lateAcquired resources that arrived after their acquirer had given up
 * @param deadLetters resources kept because their clean-up went wrong
 * @param deadLettersDropped dead letters given up because there were too many
 * @param median time from a clean-up being asked for to its end, half of them take at most this
 * @param p99 the same, 99 % take at most this
 * @param longest the longest
 * @param problems what is wrong now, in words; empty means healthy
 */
public record RegistrySnapshot(
    String name,
    CleanupReport totals,
    long live,
    Map<CleanupPriority, Integer> queued,
    int running,
    int backingOff,
    int stuck,
    long retries,
    long late,
    long leaked,
    long closedAgain,
    long refused,
    long lateAcquired,
    int deadLetters,
    long deadLettersDropped,
    Duration median,
    Duration p99,
    Duration longest,
    List<String> problems) {
  /** Whether there is nothing wrong. */
  public boolean isHealthy() {
    return problems.isEmpty();
  }
}
