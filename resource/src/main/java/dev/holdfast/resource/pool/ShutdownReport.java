package dev.holdfast.resource.pool;

import java.time.Duration;
import java.util.List;

/**
 * How a pool ended. {@code idle + returned + forced} is every object that existed when the shutdown
 * began.
 *
 * @param idle objects that nobody had
 * @param returned objects given back within the grace
 * @param forced objects taken from their borrowers when the grace was over
 * @param forcedLoans who had them
 * @param abandoned of all these, those whose destruction failed or hung
 * @param refused borrowers that were waiting and were told
 * @param took from the call to the last destruction
 */
public record ShutdownReport(
    int idle,
    int returned,
    int forced,
    List<Loan> forcedLoans,
    int abandoned,
    int refused,
    Duration took) {
  /** Every object that existed when the shutdown began. */
  public int objects() {
    return idle + returned + forced;
  }
}
