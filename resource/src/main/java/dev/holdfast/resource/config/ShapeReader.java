package dev.holdfast.resource.config;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the shape of a configuration from its record's components. */
final class ShapeReader {
  private final Scalars scalars;
  private final Deque<Class<?>> open = new ArrayDeque<>();

  ShapeReader(Scalars scalars) {
    this.scalars = scalars;
  }

  /**
   * @throws IllegalArgumentException if a component's type cannot be written in a configuration
   */
  RecordShape read(Class<?> record) {
    requireRecord(record);
    if (open.contains(record)) {
      throw new IllegalArgumentException(
          "a configuration cannot contain itself: record=" + record.getName());
    }
    open.push(record);
    List<RecordShape.Field> fields =
        Arrays.stream(record.getRecordComponents()).map(this::field).toList();
    open.pop();
    requireDistinct(record, fields);
    return new RecordShape(record, fields, constructor(record));
  }

  private static void requireDistinct(Class<?> record, List<RecordShape.Field> fields) {
    Map<String, String> names = new HashMap<>();
    for (RecordShape.Field field : fields) {
      String other = names.put(field.key(), field.name());
      if (other != null) {
        throw new IllegalArgumentException(
            "two components have the same key: record=%s, key=%s, components=%s and %s; rename one"
                .formatted(record.getName(), field.key(), other, field.name()));
      }
    }
  }

  private RecordShape.Field field(RecordComponent component) {
    Method accessor = component.getAccessor();
    open(accessor, component.getDeclaringRecord());
    return new RecordShape.Field(
        component.getName(),
        key(component.getName()),
        shape(component.getGenericType(), component),
        accessor);
  }

  private Shape shape(Type type, RecordComponent component) {
    if (type instanceof Class<?> plain) {
      return plain.isRecord() && !scalars.knows(plain) ? read(plain) : scalar(plain, component);
    }
    if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
      List<Type> arguments = new ArrayList<>(Arrays.asList(generic.getActualTypeArguments()));
      if (raw == Optional.class) {
        return new Shape.Maybe(shape(arguments.getFirst(), component));
      } else if (raw == List.class || raw == Set.class) {
        return new Shape.Several(shape(arguments.getFirst(), component), raw == Set.class);
      } else if (raw == Map.class && arguments.getFirst() == String.class) {
        return new Shape.ByName(shape(arguments.getLast(), component));
      }
    }
    throw unsupported(type, component);
  }

  private Shape scalar(Class<?> type, RecordComponent component) {
    return scalars
        .find(type)
        .map(reader -> new Shape.Scalar(type, reader))
        .orElseThrow(() -> unsupported(type, component));
  }

  private static IllegalArgumentException unsupported(Type type, RecordComponent component) {
    return new IllegalArgumentException(
        "type cannot be written in a configuration: type=%s, component=%s.%s, allowed=records, List, Set, Map<String, …>, Optional, and what Builder.type names"
            .formatted(
                type.getTypeName(),
                component.getDeclaringRecord().getSimpleName(),
                component.getName()));
  }

  private static void requireRecord(Class<?> type) {
    if (!type.isRecord()) {
      throw new IllegalArgumentException("a configuration is a record: type=" + type.getName());
    }
  }

  private static Constructor<?> constructor(Class<?> record) {
    Class<?>[] types =
        Arrays.stream(record.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = record.getDeclaredConstructor(types);
      open(constructor, record);
      return constructor;
    } catch (NoSuchMethodException e) {
      throw new AssertionError("every record has its canonical constructor: " + record, e);
    }
  }

  private static void open(AccessibleObject member, Class<?> record) {
    try {
      member.setAccessible(true);
    } catch (InaccessibleObjectException e) {
      throw new IllegalArgumentException(
          "record is closed to its reader: record=%s; add to module-info: opens %s to dev.holdfast.resource;"
              .formatted(record.getName(), record.getPackageName()),
          e);
    }
  }

  /** {@code maxSize} is {@code max-size}, {@code URLPath} is {@code url-path}. */
  static String key(String name) {
    return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-")
        .replace('_', '-')
        .toLowerCase(Locale.ROOT);
  }
}
