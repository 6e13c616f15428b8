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
 * empty result means that there was one.
 */
final class Binder {
  private final Findings findings;

  Binder(Findings findings) {
    this.findings = findings;
  }

  /**
   * @param fallback what holds where nothing is written, if there is such a thing
   */
  Optional<Object> bind(
      Shape shape, ConfigurationNode node, String path, @Nullable Object fallback) {
    return switch (shape) {
      case RecordShape record -> bindRecord(record, node, path, fallback);
      case Shape.Scalar scalar -> bindScalar(scalar, node, path, fallback);
      case Shape.Several several -> bindSeveral(several, node, path, fallback);
      case Shape.ByName byName -> bindByName(byName, node, path, fallback);
      case Shape.Maybe maybe -> bindMaybe(maybe, node, path, fallback);
    };
  }

  private Optional<Object> bindRecord(
      RecordShape shape, ConfigurationNode node, String path, @Nullable Object fallback) {
    if (!node.virtual() && !node.isMap()) {
      return refuse(shape, node, path, "keys below it: " + String.join(", ", shape.keys()));
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
          bind(
              field.shape(), node.node(field.key()), Paths.child(path, field.key()), fieldFallback);
      value.ifPresent(bindTo(values, i));
      complete &= value.isPresent();
    }
    return complete ? create(shape, values, node, path) : Optional.empty();
  }

  private static Consumer<Object> bindTo(Object[] values, int index) {
    return value -> values[index] = value;
  }

  private Optional<Object> create(
      RecordShape shape, Object[] values, ConfigurationNode node, String path) {
    try {
      return Optional.of(shape.create(values));
    } catch (RecordShape.Refused e) {
      findings.add(
          Location.of(node)
              .problem(ConfigProblem.Stage.VALIDATE, path, "", String.valueOf(e.getMessage())));
      return Optional.empty();
    }
  }

  private Optional<Object> bindScalar(
      Shape.Scalar shape, ConfigurationNode node, String path, @Nullable Object fallback) {
    String expectation = shape.reader().expectation();
    if (node.virtual()) {
      return fallback == null
          ? refuse(shape, node, path, "a value, there is no default: " + expectation)
          : Optional.of(fallback);
    }
    Object text = node.rawScalar();
    if (text == null) {
      return refuse(shape, node, path, expectation);
    }
    try {
      return Optional.of(shape.reader().parse().apply(text.toString()));
    } catch (Exception e) {
      return refuse(shape, node, path, expectation);
    }
  }

  private Optional<Object> bindSeveral(
      Shape.Several shape, ConfigurationNode node, String path, @Nullable Object fallback) {
    if (node.virtual()) {
      return Optional.of(fallback == null ? collect(shape, List.of()) : fallback);
    }
    if (!node.isList()) {
      return refuse(shape, node, path, "a list");
    }
    List<Object> elements = new ArrayList<>();
    int index = 0;
    for (ConfigurationNode element : node.childrenList()) {
      bind(shape.element(), element, Paths.element(path, index++), null).ifPresent(elements::add);
    }
    return elements.size() == index ? Optional.of(collect(shape, elements)) : Optional.empty();
  }

  private static Object collect(Shape.Several shape, List<Object> elements) {
    return shape.isSet()
        ? Collections.unmodifiableSet(new LinkedHashSet<>(elements))
        : List.copyOf(elements);
  }

  private Optional<Object> bindByName(
      Shape.ByName shape, ConfigurationNode node, String path, @Nullable Object fallback) {
    if (node.virtual()) {
      return Optional.of(fallback == null ? Map.of() : fallback);
    }
    if (!node.isMap()) {
      return refuse(shape, node, path, "names with values below it");
    }
    Map<String, Object> values = new LinkedHashMap<>();
    node.childrenMap()
        .forEach((key, child) -> {
          String name = String.valueOf(key);
          bind(shape.value(), child, Paths.child(path, name), null)
              .ifPresent(value -> values.put(name, value));
        });
    return values.size() == node.childrenMap().size()
        ? Optional.of(Collections.unmodifiableMap(values))
        : Optional.empty();
  }

  private Optional<Object> bindMaybe(
      Shape.Maybe shape, ConfigurationNode node, String path, @Nullable Object fallback) {
    if (node.virtual()) {
      return Optional.of(fallback == null ? Optional.empty() : fallback);
    }
    Object inner = fallback instanceof Optional<?> maybe ? maybe.orElse(null) : null;
    return bind(shape.value(), node, path, inner).map(Optional::of);
  }

  private Optional<Object> refuse(
      Shape shape, ConfigurationNode node, String path, String expectation) {
    findings.add(
        Location.of(node).problem(ConfigProblem.Stage.BIND, path, found(shape, node), expectation));
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
