package dev.holdfast.resource.config;

import java.lang.invoke.MethodType;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The validators of a configuration: of the whole, which see it when there is one, and of parts,
 * which see each part that could be bound, whatever is wrong beside it.
 */
record Validation<T>(List<ConfigValidator<? super T>> ofWhole, List<OfPart<?>> ofParts) {

  /**
   * A validator of a part.
   *
   * @param keys where, without indexes and names
   */
  record OfPart<V>(String keys, Class<V> type, ConfigValidator<? super V> validator) {

    /** With the class that values of {@code type} have: {@code Integer} for {@code int}. */
    static <V> OfPart<V> of(String keys, Class<V> type, ConfigValidator<? super V> validator) {
      @SuppressWarnings("unchecked") // the wrapper of the same type
      Class<V> boxed = (Class<V>) MethodType.methodType(type).wrap().returnType();
      return new OfPart<>(keys, boxed, validator);
    }

    void check(Object value, ConfigProblems problems) {
      if (type.isInstance(value)) {
        run(validator, type.cast(value), problems);
      }
    }

    /**
     * @throws IllegalArgumentException if nothing of that type ever stands there
     */
    void requireFits(RecordShape root) {
      Shape shape =
          keyAt(root, keys)
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "no such key to validate: path=%s; write it as in a file, without indexes"
                          .formatted(keys)));
      if (!mayBe(shape, type)) {
        throw new IllegalArgumentException(
            "key to validate never holds that type: path=%s, type=%s"
                .formatted(keys, type.getName()));
      }
    }
  }

  /**
   * @throws IllegalArgumentException if a part can never be there
   */
  void requireFits(RecordShape root) {
    ofParts.forEach(each -> each.requireFits(root));
  }

  void checkWhole(T value, ConfigProblems problems) {
    ofWhole.forEach(validator -> run(validator, value, problems));
  }

  /** Shows the value, and everything in it, to whom it concerns. */
  void checkParts(Bound bound, ConfigProblems problems) {
    for (OfPart<?> each : ofParts) {
      if (each.keys.equals(bound.place().keys())) {
        each.check(bound.value(), problems.at(bound));
      }
    }
    Place place = bound.place();
    switch (bound.shape()) {
      case RecordShape record -> {
        for (RecordShape.Field field : record.fields()) {
          Object value = field.of(bound.value());
          if (value != null) {
            checkParts(new Bound(field.shape(), value, place.key(field.key())), problems);
          }
        }
      }
      case Shape.Several several -> {
        int index = 0;
        for (Object element : (Collection<?>) bound.value()) {
          checkParts(new Bound(several.element(), element, place.element(index++)), problems);
        }
      }
      case Shape.ByName byName ->
          ((Map<?, ?>) bound.value())
              .forEach((name, value) ->
                  checkParts(
                      new Bound(byName.value(), value, place.named(String.valueOf(name))),
                      problems));
      case Shape.Maybe maybe ->
          ((Optional<?>) bound.value())
              .ifPresent(value -> checkParts(new Bound(maybe.value(), value, place), problems));
      case Shape.Scalar _ -> {}
    }
  }

  private static <V> void run(
      ConfigValidator<? super V> validator, V value, ConfigProblems problems) {
    try {
      validator.validate(value, problems);
    } catch (Throwable e) {
      problems.reject("", "a validator failed: " + e);
    }
  }

  private static Optional<Shape> keyAt(RecordShape root, String keys) {
    Optional<Shape> shape = Optional.of(root);
    for (String key : keys.split("[.]", -1)) {
      shape =
          shape.flatMap(here ->
              element(here) instanceof RecordShape record
                  ? record.fields().stream()
                      .filter(field -> field.key().equals(key))
                      .findFirst()
                      .map(RecordShape.Field::shape)
                  : Optional.empty());
    }
    return shape;
  }

  /** What stands in it, if it is a list, a map or an Optional, at last. */
  private static Shape element(Shape shape) {
    return switch (shape) {
      case Shape.Several several -> element(several.element());
      case Shape.ByName byName -> element(byName.value());
      case Shape.Maybe maybe -> element(maybe.value());
      case RecordShape record -> record;
      case Shape.Scalar scalar -> scalar;
    };
  }

  private static boolean mayBe(Shape shape, Class<?> type) {
    return switch (shape) {
      case RecordShape record -> type.isAssignableFrom(record.type());
      case Shape.Scalar scalar ->
          type.isAssignableFrom(MethodType.methodType(scalar.type()).wrap().returnType());
      case Shape.Several several ->
          type == List.class || type == Set.class || mayBe(several.element(), type);
      case Shape.ByName byName -> type == Map.class || mayBe(byName.value(), type);
      case Shape.Maybe maybe -> type == Optional.class || mayBe(maybe.value(), type);
    };
  }
}
