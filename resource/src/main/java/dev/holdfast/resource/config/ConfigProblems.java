package dev.holdfast.resource.config;

import java.util.ArrayList;
import java.util.List;
import org.spongepowered.configurate.ConfigurationNode;

/** Collects what a {@link ConfigValidator} finds, so that all of it is told at once. */
public final class ConfigProblems {
  private final ConfigurationNode root;
  private final Shape shape; // of what stands at the place
  private final Place base;
  private final List<ConfigProblem> found;

  ConfigProblems(ConfigurationNode root, RecordShape shape) {
    this(root, shape, Place.ROOT, new ArrayList<>());
  }

  private ConfigProblems(
      ConfigurationNode root, Shape shape, Place base, List<ConfigProblem> found) {
    this.root = root;
    this.shape = shape;
    this.base = base;
    this.found = found;
  }

  /** The same, for who sees only what is at that place. */
  ConfigProblems at(Bound bound) {
    return new ConfigProblems(root, bound.shape(), bound.place(), found);
  }

  /**
   * Refuses the value at a path; its line and value are looked up.
   *
   * @param path seen from what is validated, for example {@code pool.size}; empty for all of it
   * @param expectation what would be right, for example {@code at most pool.limit=10}
   */
  public void reject(String path, String expectation) {
    ConfigurationNode node = node(path);
    add(path, node, shownValue(node, path), expectation);
  }

  /**
   * Refuses the value at a path.
   *
   * @param path seen from what is validated; empty for all of it
   * @param refusal its message says what is wrong, with the value
   */
  public void reject(String path, IllegalArgumentException refusal) {
    add(path, node(path), "", String.valueOf(refusal.getMessage()));
  }

  private void add(String path, ConfigurationNode node, String value, String text) {
    String at = Paths.join(base.path(), path);
    found.add(Location.of(node).problem(ConfigProblem.Stage.VALIDATE, at, value, text));
  }

  private ConfigurationNode node(String path) {
    return Paths.find(base.node(root), shape, path);
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
    return RecordShape.isSecret(shape, path) ? Secret.MASK : text;
  }
}
