package dev.holdfast.resource.config;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.spongepowered.configurate.ConfigurationNode;

/**
 * Rewrites a source's tree into the one spelling that all sources are merged in: keys as the schema
 * names them, lists as lists. What the schema does not know is told, with its line.
 */
final class Canonical {
  private final Findings findings;
  private final Consumer<ConfigProblem> unknown;

  Canonical(Findings findings, Consumer<ConfigProblem> unknown) {
    this.findings = findings;
    this.unknown = unknown;
  }

  ConfigurationNode of(ConfigurationNode from, RecordShape shape) {
    ConfigurationNode to = Tree.create(Location.of(from));
    copyRecord(from, shape, to, "");
    return to;
  }

  private void copy(ConfigurationNode from, Shape shape, ConfigurationNode to, String path) {
    switch (shape) {
      case RecordShape record when from.isMap() -> copyRecord(from, record, to, path);
      case Shape.ByName byName when from.isMap() -> copyNames(from, byName, to, path);
      case Shape.Several several -> copySeveral(from, several, to, path);
      case Shape.Maybe maybe -> copy(from, maybe.value(), to, path);
      default -> copyAsIs(from, to);
    }
  }

  private void copyRecord(
      ConfigurationNode from, RecordShape shape, ConfigurationNode to, String path) {
    Tree.makeMap(to, Location.of(from));
    for (ConfigurationNode child : from.childrenMap().values()) {
      String written = String.valueOf(child.key());
      Optional<RecordShape.Field> field = shape.field(written);
      if (field.isEmpty()) {
        unknown.accept(unknownKey(child, path, written, shape));
      } else if (!Tree.isNothing(child)) {
        copyField(child, field.get(), to, path);
      }
    }
  }

  private void copyField(
      ConfigurationNode from, RecordShape.Field field, ConfigurationNode to, String path) {
    String childPath = Paths.child(path, field.key());
    ConfigurationNode child = to.node(field.key());
    if (child.virtual()) {
      copy(from, field.shape(), child, childPath);
    } else {
      findings.add(
          bindProblem(
              from,
              childPath,
              "one spelling of the key; it stands there as %s and as %s"
                  .formatted(field.key(), field.name())));
    }
  }

  private void copyNames(
      ConfigurationNode from, Shape.ByName shape, ConfigurationNode to, String path) {
    Tree.makeMap(to, Location.of(from));
    for (Map.Entry<Object, ? extends ConfigurationNode> child : from.childrenMap().entrySet()) {
      String name = String.valueOf(child.getKey());
      if (!Tree.isNothing(child.getValue())) {
        copy(child.getValue(), shape.value(), to.node(name), Paths.child(path, name));
      }
    }
  }

  private void copySeveral(
      ConfigurationNode from, Shape.Several shape, ConfigurationNode to, String path) {
    if (from.isList()) {
      copyElements(from.childrenList(), shape, to, path, Location.of(from));
    } else if (isIndexed(from)) {
      List<? extends ConfigurationNode> elements = byIndex(from);
      requireNoGap(elements, path);
      copyElements(elements, shape, to, path, Location.of(from));
    } else if (Location.of(from).isFlat() && from.rawScalar() instanceof String text) {
      split(text, to, Location.of(from));
    } else {
      copyAsIs(from, to);
    }
  }

  private void copyElements(
      List<? extends ConfigurationNode> from,
      Shape.Several shape,
      ConfigurationNode to,
      String path,
      Location location) {
    Tree.makeList(to, location);
    int index = 0;
    for (ConfigurationNode element : from) {
      copy(element, shape.element(), to.node(index), Paths.element(path, index));
      index++;
    }
  }

  private static void split(String text, ConfigurationNode to, Location location) {
    Tree.makeList(to, location);
    if (!text.isBlank()) {
      Arrays.stream(text.split(",", -1))
          .forEach(part -> Tree.setText(to.appendListNode(), part.strip(), location));
    }
  }

  private static void copyAsIs(ConfigurationNode from, ConfigurationNode to) {
    to.from(from);
    Location.of(from).mark(to);
  }

  /** {@code hosts[0]=a} of a flat source. */
  private static boolean isIndexed(ConfigurationNode node) {
    return Location.of(node).isFlat()
        && node.isMap()
        && node.childrenMap().keySet().stream()
            .allMatch(key -> String.valueOf(key).matches("\\d{1,9}"));
  }

  private static List<? extends ConfigurationNode> byIndex(ConfigurationNode node) {
    return node.childrenMap().values().stream()
        .sorted(Comparator.comparingInt(Canonical::index))
        .toList();
  }

  private void requireNoGap(List<? extends ConfigurationNode> elements, String path) {
    for (int i = 0; i < elements.size(); i++) {
      ConfigurationNode element = elements.get(i);
      if (index(element) != i) {
        findings.add(
            bindProblem(
                element,
                Paths.element(path, index(element)),
                "indexes from 0 on, each once; next would be %d".formatted(i)));
        return;
      }
    }
  }

  private static int index(ConfigurationNode element) {
    return Integer.parseInt(String.valueOf(element.key()));
  }

  private static ConfigProblem unknownKey(
      ConfigurationNode node, String path, String written, RecordShape shape) {
    if (Location.of(node).isFlat()
        && node.rawScalar() instanceof String value
        && PropertiesText.shown(written, value).isEmpty()) {
      return bindProblem(node, "", "a known key: " + String.join(", ", shape.keys()));
    }
    String near = Findings.didYouMean(written, shape.keys());
    return bindProblem(
        node,
        Paths.child(path, written),
        near.isEmpty() ? "a known key: " + String.join(", ", shape.keys()) : "a known key" + near);
  }

  private static ConfigProblem bindProblem(
      ConfigurationNode node, String path, String expectation) {
    return Location.of(node).problem(ConfigProblem.Stage.BIND, path, "", expectation);
  }
}
