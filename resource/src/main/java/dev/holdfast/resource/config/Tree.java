package dev.holdfast.resource.config;

import java.util.List;
import java.util.Map;
import org.spongepowered.configurate.BasicConfigurationNode;
import org.spongepowered.configurate.ConfigurationNode;

/**
 * Builds Configurate's nodes: maps, lists, and texts; what a text means is decided when it is bound
 * to a type, so that {@code 1.10} stays a version and {@code 007} an agent.
 */
final class Tree {
  /** What is written as {@code key:} with nothing behind it: it says nothing, but it is a key. */
  private enum Nothing {
    NOTHING
  }

  private Tree() {}

  static ConfigurationNode create(Location location) {
    ConfigurationNode root = BasicConfigurationNode.root();
    makeMap(root, location);
    return root;
  }

  static void makeMap(ConfigurationNode node, Location location) {
    node.raw(Map.of());
    location.mark(node);
  }

  static void makeList(ConfigurationNode node, Location location) {
    node.raw(List.of());
    location.mark(node);
  }

  /**
   * Lays what a later source says over what is there: key by key where both are maps, so that an
   * empty one adds nothing; else it stands instead of it, be it an empty list.
   */
  static void overlay(ConfigurationNode over, ConfigurationNode under) {
    if (over.isMap() && under.isMap()) {
      markFirst(Location.of(over), under);
      over.childrenMap().forEach((key, child) -> overlay(child, under.node(key)));
    } else if (!over.virtual()) {
      under.from(over);
    }
  }

  /** A group stands at its first line; without any, in the first source that has some of it. */
  private static void markFirst(Location over, ConfigurationNode under) {
    if (Location.of(under).line() == 0 && (over.line() > 0 || under.empty())) {
      over.mark(under);
    }
  }

  static void setNothing(ConfigurationNode node, Location location) {
    node.raw(Nothing.NOTHING);
    location.mark(node);
  }

  static boolean isNothing(ConfigurationNode node) {
    return node.rawScalar() == Nothing.NOTHING;
  }

  /** Removes keys without a value, for who knows keys and texts only. */
  static void removeNothing(ConfigurationNode node) {
    List.copyOf(node.childrenMap().values()).forEach(Tree::removeIfNothing);
    node.childrenList().forEach(Tree::removeNothing);
  }

  private static void removeIfNothing(ConfigurationNode node) {
    if (isNothing(node)) {
      node.raw(null);
    } else {
      removeNothing(node);
    }
  }

  static void setText(ConfigurationNode node, String text, Location location) {
    node.raw(text);
    location.mark(node);
  }
}
