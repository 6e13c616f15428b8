package dev.holdfast.resource.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A record as a group of keys.
 *
 * @param type the record
 * @param fields its components, in order
 * @param constructor its canonical constructor
 */
record RecordShape(Class<?> type, List<Field> fields, Constructor<?> constructor) implements Shape {

  /**
   * A component.
   *
   * @param name the component's name
   * @param key the name in files: {@code maxSize} is {@code max-size}
   */
  record Field(String name, String key, Shape shape, Method accessor) {
    boolean isNamed(String written) {
      return written.equals(key) || written.equals(name);
    }

    @Nullable Object of(Object record) {
      try {
        return accessor.invoke(record);
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException(
            "component of a configuration cannot be read: component=" + accessor, e);
      }
    }
  }

  Optional<Field> field(String written) {
    return fields.stream().filter(field -> field.isNamed(written)).findFirst();
  }

  List<String> keys() {
    return fields.stream().map(Field::key).toList();
  }

  /** A record of these values, or what its compact constructor refuses. */
  Object create(Object[] values) throws Refused {
    try {
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw new Refused(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("record cannot be created: type=" + type.getName(), e);
    }
  }

  /** The shape that a path leads to. */
  static Optional<Shape> at(Shape from, String path) {
    Optional<Shape> shape = Optional.of(from);
    for (String step : Paths.steps(path)) {
      shape = shape.flatMap(here -> step(here, step));
    }
    return shape;
  }

  static boolean isSecret(Shape from, String path) {
    return at(from, path).filter(Shape::holdsSecret).isPresent();
  }

  static Optional<Shape> step(Shape shape, String step) {
    return switch (shape) {
      case RecordShape record -> record.field(step).map(Field::shape);
      case Several several ->
          step.chars().allMatch(Character::isDigit)
              ? Optional.of(several.element())
              : Optional.empty();
      case ByName byName -> Optional.of(byName.value());
      case Maybe maybe -> step(maybe.value(), step);
      case Scalar _ -> Optional.empty();
    };
  }

  /** The compact constructor said no. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(@Nullable Throwable cause) {
      super(String.valueOf(cause == null ? null : cause.getMessage()), cause);
    }
  }
}
