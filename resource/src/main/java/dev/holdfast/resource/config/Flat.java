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
  private final SequencedMap<Place, Object> values = new LinkedHashMap<>();

  private Flat() {}

  static SequencedMap<Place, Object> of(RecordShape shape, Object value) {
    Flat flat = new Flat();
    flat.add(shape, value, Place.ROOT);
    return flat.values;
  }

  /** Every key with where it was written. */
  static List<ConfigEntry> entries(RecordShape shape, Object value, ConfigurationNode tree) {
    List<ConfigEntry> entries = new ArrayList<>();
    of(shape, value)
        .forEach((place, each) ->
            entries.add(new ConfigEntry(place.path(), show(each), origin(place.node(tree)))));
    return List.copyOf(entries);
  }

  /** The paths whose values differ; {@code before} and {@code after} are of this shape. */
  static List<ConfigDifference> differences(RecordShape shape, Object before, Object after) {
    Map<Place, Object> old = of(shape, before);
    Map<Place, Object> now = of(shape, after);
    Set<Place> places = new LinkedHashSet<>(old.keySet());
    places.addAll(now.keySet());
    return places.stream()
        .filter(place -> !Objects.equals(old.get(place), now.get(place)))
        .map(
            place -> new ConfigDifference(place.path(), show(old.get(place)), show(now.get(place))))
        .toList();
  }

  private void add(Shape shape, Object value, Place place) {
    switch (shape) {
      case RecordShape record -> record.fields().forEach(field -> addField(field, value, place));
      case Shape.Several several -> addElements(several.element(), (Iterable<?>) value, place);
      case Shape.ByName byName ->
          ((Map<?, ?>) value)
              .forEach((name, each) -> add(byName.value(), each, place.named("" + name)));
      case Shape.Maybe maybe ->
          ((Optional<?>) value).ifPresent(each -> add(maybe.value(), each, place));
      case Shape.Scalar _ -> values.put(place, value);
    }
  }

  private void addField(RecordShape.Field field, Object record, Place place) {
    Object value = field.of(record);
    if (value != null) {
      add(field.shape(), value, place.key(field.key()));
    }
  }

  private void addElements(Shape shape, Iterable<?> elements, Place place) {
    int index = 0;
    for (Object element : elements) {
      add(shape, element, place.element(index++));
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

  private static String origin(ConfigurationNode node) {
    if (node.virtual()) {
      return "default";
    }
    Location location = Location.of(node);
    return location.line() > 0 ? location.source() + ":" + location.line() : location.source();
  }
}
