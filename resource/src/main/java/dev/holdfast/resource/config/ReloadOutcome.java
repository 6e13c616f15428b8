package dev.holdfast.resource.config;

import java.util.List;

/** What came of looking at the sources, or of a rollback. */
public sealed interface ReloadOutcome<T> {

  /** The new configuration is in force. */
  record Applied<T>(ConfigChange<T> change) implements ReloadOutcome<T> {}

  /** It says what is in force already. */
  record Unchanged<T>(ConfigSnapshot<T> current) implements ReloadOutcome<T> {}

  /** It was refused; what was in force still is. */
  record Rejected<T>(ConfigSnapshot<T> current, List<ConfigProblem> problems)
      implements ReloadOutcome<T> {}

  /** It is in force for a first share of the keys; see {@link Rollout}. */
  record RollingOut<T>(ConfigChange<T> change) implements ReloadOutcome<T> {}
}
