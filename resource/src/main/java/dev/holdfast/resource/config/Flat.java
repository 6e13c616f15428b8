package dev.holdfast.resource.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.spongepowered.configurate.ConfigurationNode;

/** A configuration as paths and values. */
final class Flat {
  private final SequencedMap<String, Object> values = new LinkedHashMap<>();

  private Flat() {}

  static SequencedMap<String, Object> of(RecordShape shape, Object value) {
    Flat flat = new Flat();
    flat.add(shape, value, "");
    return flat.values;
  }

  /** Every key with where it was written. */
  static List<ConfigEntry> entries(RecordShape shape, Object value, ConfigurationNode tree) {
    List<ConfigEntry> entries = new ArrayList<>();
    of(shape, value)
        .forEach((path, each) ->
            entries.add(new ConfigEntry(path, show(each), origin(tree, shape, path))));
    return List.copyOf(entries);
  }

  /** The paths whose values differ; {@code before} and {@code after} are of this shape. */
  static List<ConfigDifference> differences(RecordShape shape, Object before, Object after) {
    Map<String, Object> old = of(shape, before);
    Map<String, Object> now = of(shape, after);
    Set<String> paths = new LinkedHashSet<>(old.keySet());
    paths.addAll(now.keySet());
    return paths.stream()
        .filter(path -> !Objects.equals(old.get(path), now.get(path)))
        .map(path -> new ConfigDifference(path, show(old.get(path)), show(now.get(path))))
        .toList();
  }

  private void add(Shape shape, Object value, String path) {
    switch (shape) {
      case RecordShape record -> record.fields().forEach(field -> addField(field, value, path));
      case Shape.Several several -> addElements(several.element(), (Iterable<?>) value, path);
      case Shape.ByName byName ->
          ((Map<?, ?>) value)
              .forEach((name, each) -> add(byName.value(), each, Paths.child(path, "" + name)));
      case Shape.Maybe maybe ->
          ((Optional<?>) value).ifPresent(each -> add(maybe.value(), each, path));
      case Shape.Scalar _ -> values.put(path, value);
    }
  }

  private void addField(RecordShape.Field field, Object record, String path) {
    Object value = field.of(record);
    if (value != null) {
      add(field.shape(), value, Paths.child(path, field.key()));
    }
  }

  private void addElements(Shape shape, Iterable<?> elements, String path) {
    int index = 0;
    for (Object element : elements) {
      add(shape, element, Paths.element(path, index++));
    }
  }

  private static String show(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case Enum<?> constant -> Scalars.constant(constant);
      case Duration duration -> Durations.show(duration);
      default -> value.toString();
    };
  }

  private static String origin(ConfigurationNode tree, RecordShape shape, String path) {
    ConfigurationNode node = Paths.find(tree, shape, path);
    if (node.virtual()) {
      return "default";
    }
    Location location = Location.of(node);
    return location.line() > 0 ? location.source() + ":" + location.line() : location.source();
  }
}
