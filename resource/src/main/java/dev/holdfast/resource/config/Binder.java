package dev.holdfast.resource.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.spongepowered.configurate.ConfigurationNode;

/**
 * Makes a record of a tree. It goes on behind a problem, so that all of them are told at once; an
 * empty result means that there was one, and then {@link #parts} are what could be bound.
 */
final class Binder {
  private final Findings findings;
  private final List<Bound> parts = new ArrayList<>();

  Binder(Findings findings) {
    this.findings = findings;
  }

  /** What was bound and is in nothing larger that was. */
  List<Bound> parts() {
    return parts;
  }

  /**
   * @param fallback what holds where nothing is written, if there is such a thing
   */
  Optional<Object> bind(
      Shape shape, ConfigurationNode node, Place place, @Nullable Object fallback) {
    if (Tree.isNothing(node)) {
      return Optional.empty(); // an element of a list; told where it was read
    }
    return switch (shape) {
      case RecordShape record -> bindRecord(record, node, place, fallback);
      case Shape.Scalar scalar -> bindScalar(scalar, node, place, fallback);
      case Shape.Several several -> bindSeveral(several, node, place, fallback);
      case Shape.ByName byName -> bindByName(byName, node, place, fallback);
      case Shape.Maybe maybe -> bindMaybe(maybe, node, place, fallback);
    };
  }

  private Optional<Object> bindRecord(
      RecordShape shape, ConfigurationNode node, Place place, @Nullable Object fallback) {
    if (!node.virtual() && !node.isMap()) {
      return refuse(shape, node, place, "keys below it: " + String.join(", ", shape.keys()));
    }
    if (node.virtual() && fallback != null) {
      return Optional.of(fallback);
    }
    Object[] values = new Object[shape.fields().size()];
    boolean complete = true;
    for (int i = 0; i < values.length; i++) {
      RecordShape.Field field = shape.fields().get(i);
      Object fieldFallback = fallback == null ? null : field.of(fallback);
      Optional<Object> value =
          bind(field.shape(), node.node(field.key()), place.key(field.key()), fieldFallback);
      value.ifPresent(bindTo(values, i));
      complete &= value.isPresent();
    }
    Optional<Object> record = complete ? create(shape, values, node, place) : Optional.empty();
    if (record.isEmpty()) {
      keepFields(shape, values, place);
    }
    return record;
  }

  private void keepFields(RecordShape shape, @Nullable Object[] values, Place place) {
    for (int i = 0; i < values.length; i++) {
      Object value = values[i];
      if (value != null) {
        RecordShape.Field field = shape.fields().get(i);
        parts.add(new Bound(field.shape(), value, place.key(field.key())));
      }
    }
  }

  private static Consumer<Object> bindTo(Object[] values, int index) {
    return value -> values[index] = value;
  }

  private Optional<Object> create(
      RecordShape shape, Object[] values, ConfigurationNode node, Place place) {
    try {
      return Optional.of(shape.create(values));
    } catch (RecordShape.Refused e) {
      findings.add(
          Location.of(node)
              .problem(
                  ConfigProblem.Stage.VALIDATE, place.path(), "", String.valueOf(e.getMessage())));
      return Optional.empty();
    }
  }

  private Optional<Object> bindScalar(
      Shape.Scalar shape, ConfigurationNode node, Place place, @Nullable Object fallback) {
    String expectation = shape.reader().expectation();
    if (node.virtual()) {
      return fallback == null
          ? refuse(shape, node, place, "a value, there is no default: " + expectation)
          : Optional.of(fallback);
    }
    Object text = node.rawScalar();
    if (text == null) {
      return refuse(shape, node, place, expectation);
    }
    try {
      return Optional.of(shape.reader().parse().apply(text.toString()));
    } catch (Throwable e) {
      return refuse(shape, node, place, expectation);
    }
  }

  private Optional<Object> bindSeveral(
      Shape.Several shape, ConfigurationNode node, Place place, @Nullable Object fallback) {
    if (node.virtual()) {
      return Optional.of(fallback == null ? collect(shape, List.of()) : fallback);
    }
    if (!node.isList()) {
      return refuse(shape, node, place, "a list");
    }
    List<Bound> elements = new ArrayList<>();
    int index = 0;
    for (ConfigurationNode element : node.childrenList()) {
      Place at = place.element(index++);
      bind(shape.element(), element, at, null)
          .ifPresent(value -> elements.add(new Bound(shape.element(), value, at)));
    }
    if (elements.size() < index) {
      parts.addAll(elements);
      return Optional.empty();
    }
    return Optional.of(collect(shape, elements.stream().map(Bound::value).toList()));
  }

  private static Object collect(Shape.Several shape, List<Object> elements) {
    return shape.isSet()
        ? Collections.unmodifiableSet(new LinkedHashSet<>(elements))
        : List.copyOf(elements);
  }

  private Optional<Object> bindByName(
      Shape.ByName shape, ConfigurationNode node, Place place, @Nullable Object fallback) {
    if (node.virtual()) {
      return Optional.of(fallback == null ? Map.of() : fallback);
    }
    if (!node.isMap()) {
      return refuse(shape, node, place, "names with values below it");
    }
    Map<String, Object> values = new LinkedHashMap<>();
    node.childrenMap()
        .forEach((key, child) -> {
          String name = String.valueOf(key);
          bind(shape.value(), child, place.named(name), null)
              .ifPresent(value -> values.put(name, value));
        });
    if (values.size() < node.childrenMap().size()) {
      values.forEach(
          (name, value) -> parts.add(new Bound(shape.value(), value, place.named(name))));
      return Optional.empty();
    }
    return Optional.of(Collections.unmodifiableMap(values));
  }

  private Optional<Object> bindMaybe(
      Shape.Maybe shape, ConfigurationNode node, Place place, @Nullable Object fallback) {
    if (node.virtual()) {
      return Optional.of(fallback == null ? Optional.empty() : fallback);
    }
    Object inner = fallback instanceof Optional<?> maybe ? maybe.orElse(null) : null;
    return bind(shape.value(), node, place, inner).map(Optional::of);
  }

  private Optional<Object> refuse(
      Shape shape, ConfigurationNode node, Place place, String expectation) {
    findings.add(
        Location.of(node)
            .problem(ConfigProblem.Stage.BIND, place.path(), found(shape, node), expectation));
    return Optional.empty();
  }

  private static String found(Shape shape, ConfigurationNode node) {
    if (node.isMap() || node.isList()) {
      return node.isMap() ? "(keys)" : "(list)";
    }
    Object text = node.rawScalar();
    if (text == null) {
      return "";
    }
    return Shape.holdsSecret(shape) ? Secret.MASK : text.toString();
  }
}
