package dev.holdfast.resource.config;

import java.util.ArrayList;
import java.util.List;
import org.spongepowered.configurate.ConfigurationNode;

/** Collects what a {@link ConfigValidator} finds, so that all of it is told at once. */
public final class ConfigProblems {
  private final ConfigurationNode root;
  private final RecordShape shape;
  private final String base;
  private final List<ConfigProblem> found;

  ConfigProblems(ConfigurationNode root, RecordShape shape) {
    this(root, shape, "", new ArrayList<>());
  }

  private ConfigProblems(
      ConfigurationNode root, RecordShape shape, String base, List<ConfigProblem> found) {
    this.root = root;
    this.shape = shape;
    this.base = base;
    this.found = found;
  }

  /** The same, for who sees only what is at that path. */
  ConfigProblems at(String path) {
    return new ConfigProblems(root, shape, path, found);
  }

  /**
   * Refuses the value at a path; its line and value are looked up.
   *
   * @param path seen from what is validated, for example {@code pool.size}; empty for all of it
   * @param expectation what would be right, for example {@code at most pool.limit=10}
   */
  public void reject(String path, String expectation) {
    String at = Paths.join(base, path);
    ConfigurationNode node = Paths.find(root, shape, at);
    add(at, node, shownValue(node, at), expectation);
  }

  /**
   * Refuses the value at a path.
   *
   * @param path seen from what is validated; empty for all of it
   * @param refusal its message says what is wrong, with the value
   */
  public void reject(String path, IllegalArgumentException refusal) {
    String at = Paths.join(base, path);
    add(at, Paths.find(root, shape, at), "", String.valueOf(refusal.getMessage()));
  }

  private void add(String path, ConfigurationNode node, String value, String text) {
    found.add(Location.of(node).problem(ConfigProblem.Stage.VALIDATE, path, value, text));
  }

  /** Whether no validator has refused anything so far. */
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
