package dev.holdfast.resource.config;

import java.util.SortedMap;
import org.spongepowered.configurate.ConfigurationNode;
import org.spongepowered.configurate.transformation.ConfigurationTransformation;

/**
 * Brings files of older versions to the present one, step by step. A file says its version with the
 * key {@code version}; one without is of version 0.
 *
 * @param present the version that the record describes; 0 when files have no versions
 * @param steps from each version to the next one, without a gap up to {@code present}
 */
record Migrations(int present, SortedMap<Integer, ConfigurationTransformation> steps) {
  static final String KEY = "version";

  /**
   * @throws IllegalArgumentException if a step is missing or leads beyond the present version
   */
  Migrations {
    for (int from = steps.isEmpty() ? present : steps.firstKey(); from < present; from++) {
      if (!steps.containsKey(from)) {
        throw new IllegalArgumentException(
            "migration is missing: from=%d, present=%d".formatted(from, present));
      }
    }
    if (!steps.isEmpty() && (steps.firstKey() < 0 || steps.lastKey() >= present)) {
      throw new IllegalArgumentException(
          "migration leads beyond the present version: from=%s, present=%d"
              .formatted(steps.keySet(), present));
    }
  }

  /** Whether a file's tree is of the present version, without any step. */
  boolean isPresent(ConfigurationNode root) {
    return present == 0 || version(root) == present;
  }

  /** Migrates a file's tree in place; a version that cannot be brought here is a problem. */
  void migrate(ConfigurationNode root, Findings findings) {
    if (present == 0) {
      return;
    }
    int version = version(root);
    if (version < oldest() || version > present) {
      findings.add(notMigratable(root));
      return;
    }
    root.removeChild(KEY);
    if (version < present) {
      Tree.removeNothing(root);
    }
    for (int from = version; from < present; from++) {
      if (!step(from, root, findings)) {
        return;
      }
    }
  }

  private boolean step(int from, ConfigurationNode root, Findings findings) {
    try {
      ConfigurationTransformation step = steps.get(from);
      if (step == null) {
        throw new AssertionError("steps have no gap: " + from);
      }
      step.apply(root);
      return true;
    } catch (Throwable e) {
      findings.add(
          Location.of(root)
              .problem(
                  ConfigProblem.Stage.MIGRATE,
                  "",
                  "",
                  "migration failed: from=%d, to=%d: %s".formatted(from, from + 1, e)));
      return false;
    }
  }

  private int oldest() {
    return steps.isEmpty() ? present : steps.firstKey();
  }

  /** −1 when it is no number. */
  private static int version(ConfigurationNode root) {
    ConfigurationNode node = root.node(KEY);
    if (node.virtual() || Tree.isNothing(node)) {
      return 0;
    }
    String text = String.valueOf(node.rawScalar());
    return text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
  }

  private ConfigProblem notMigratable(ConfigurationNode root) {
    ConfigurationNode node = root.node(KEY);
    return Location.of(node)
        .problem(
            ConfigProblem.Stage.MIGRATE,
            KEY,
            node.virtual() || Tree.isNothing(node) ? "(none)" : String.valueOf(node.rawScalar()),
            oldest() == present
                ? "%d, the version of this program".formatted(present)
                : "%d to %d, what this program can read".formatted(oldest(), present));
  }
}
