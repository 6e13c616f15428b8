package dev.holdfast.resource.config;

import java.util.ArrayList;
import java.util.List;
import org.spongepowered.configurate.ConfigurationNode;

/** Collects what a {@link ConfigValidator} finds, so that all of it is told at once. */
public final class ConfigProblems {
  private final ConfigurationNode root;
  private final RecordShape shape;
  private final List<ConfigProblem> found = new ArrayList<>();

  ConfigProblems(ConfigurationNode root, RecordShape shape) {
    this.root = root;
    this.shape = shape;
  }

  /**
   * Refuses the value at a path; its line and value are looked up.
   *
   * @param path for example {@code pool.size}; empty for the whole
   * @param expectation what would be right, for example {@code at most pool.limit=10}
   */
  public void reject(String path, String expectation) {
    ConfigurationNode node = Paths.find(root, shape, path);
    add(path, node, shownValue(node, path), expectation);
  }

  /**
   * Refuses the value at a path.
   *
   * @param refusal its message says what is wrong, with the value
   */
  public void reject(String path, IllegalArgumentException refusal) {
    add(path, Paths.find(root, shape, path), "", String.valueOf(refusal.getMessage()));
  }

  private void add(String path, ConfigurationNode node, String value, String text) {
    found.add(Location.of(node).problem(ConfigProblem.Stage.VALIDATE, path, value, text));
  }

  /** Whether nothing was refused so far. */
  public boolean isEmpty() {
    return found.isEmpty();
  }

  List<ConfigProblem> found() {
    return found;
  }

  private String shownValue(ConfigurationNode node, String path) {
    if (!(node.rawScalar() instanceof String text)) {
      return "";
    }
    return shape.isSecret(path) ? Secret.MASK : text;
  }
}
