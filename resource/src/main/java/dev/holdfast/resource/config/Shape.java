package dev.holdfast.resource.config;

/** What a key may hold: the schema, read from the record's components once. */
sealed interface Shape permits RecordShape, Shape.Scalar, Shape.Several, Shape.ByName, Shape.Maybe {

  /** A text that stands for one value. */
  record Scalar(Class<?> type, ScalarType<?> reader) implements Shape {
    boolean isSecret() {
      return type == Secret.class;
    }
  }

  /** Several of the same, in order; {@code isSet}: each once. */
  record Several(Shape element, boolean isSet) implements Shape {}

  /** Values by names that are not known beforehand. */
  record ByName(Shape value) implements Shape {}

  /** It may be missing. */
  record Maybe(Shape value) implements Shape {}

  /** Whether anything that may stand here is a secret. */
  static boolean holdsSecret(Shape shape) {
    return switch (shape) {
      case Scalar scalar -> scalar.isSecret();
      case Several several -> holdsSecret(several.element());
      case ByName byName -> holdsSecret(byName.value());
      case Maybe maybe -> holdsSecret(maybe.value());
      case RecordShape record ->
          record.fields().stream().anyMatch(field -> holdsSecret(field.shape()));
    };
  }
}
