package dev.holdfast.resource.guard;

import java.time.Duration;
import java.util.Optional;

/**
 * How a clean-up ended.
 *
 * @param state a final state
 * @param attempts how often the action was begun
 * @param took from being asked for to its end; guards that close within a few microseconds of each
 *     other may count from the first of them
 * @param failure what the last failed attempt threw; kept also where a later attempt succeeded
 */
public record CleanupOutcome(
    GuardState state, int attempts, Duration took, Optional<Throwable> failure) {
  /** Whether the resource was cleaned. */
  public boolean isCleaned() {
    return state == GuardState.CLEANED;
  }
}
