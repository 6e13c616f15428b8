package dev.holdfast.resource.config;

import java.time.Instant;
import java.util.List;

/**
 * Whether what is in force is what the sources say.
 *
 * @param status what to alarm on
 * @param version of the configuration in force
 * @param since when it came into force
 * @param problems why the latest attempt was refused; empty when {@link Status#UP}
 */
public record ConfigHealth(
    Status status, long version, Instant since, List<ConfigProblem> problems) {

  /** What to alarm on. */
  public enum Status {
    /** The sources' content is in force, or was put aside by a rollback. */
    UP,
    /** The latest attempt was refused; the last good configuration is in force. */
    DEGRADED
  }
}
