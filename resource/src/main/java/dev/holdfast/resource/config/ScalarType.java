package dev.holdfast.resource.config;

/**
 * How a text becomes a value.
 *
 * @param expectation what a text must be, for people: {@code a whole number}
 * @param parse refuses with an exception
 */
record ScalarType<V>(String expectation, Parse<V> parse) {

  /** Reads a text. */
  @FunctionalInterface
  interface Parse<V> {
    V apply(String text) throws Exception;
  }
}
