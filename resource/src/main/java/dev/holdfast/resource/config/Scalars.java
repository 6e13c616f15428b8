package dev.holdfast.resource.config;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The types that a text can stand for. */
final class Scalars {
  private static final int PATTERNS_MAX = 1_000;

  private final Map<Class<?>, ScalarType<?>> types = new HashMap<>();
  private final Map<String, Pattern> patterns = new ConcurrentHashMap<>();

  Scalars() {
    add(String.class, "a text", text -> text);
    add(Secret.class, "a text", Secret::new);
    add(ByteSize.class, "a number of bytes such as 4096, 512M or 10G", ByteSize::parse);
    add(Duration.class, "a duration with its unit, such as 500ms, 10s or 1h 30m", Durations::parse);
    add(Boolean.class, "true or false", Scalars::truth);
    add(Character.class, "one character", Scalars::character);
    add(Byte.class, "a whole number from -128 to 127", Byte::valueOf);
    add(Short.class, "a whole number from -32768 to 32767", Short::valueOf);
    add(Integer.class, "a whole number from -2147483648 to 2147483647", Integer::valueOf);
    add(Long.class, "a whole number of 64 bits", Long::valueOf);
    add(Float.class, "a number", text -> finite(Float.valueOf(text)));
    add(Double.class, "a number", text -> finite(Double.valueOf(text)));
    add(BigInteger.class, "a whole number", BigInteger::new);
    add(BigDecimal.class, "a number", BigDecimal::new);
    add(Path.class, "a path", Path::of);
    add(URI.class, "an address such as https://example.org/path", URI::new);
    add(UUID.class, "a UUID", UUID::fromString);
    add(Instant.class, "a time such as 2026-01-31T10:15:30Z", Instant::parse);
    add(LocalDate.class, "a date such as 2026-01-31", LocalDate::parse);
    add(LocalTime.class, "a time of day such as 10:15", LocalTime::parse);
    add(ZoneId.class, "a time zone such as Europe/Berlin", ZoneId::of);
    add(Charset.class, "a charset such as UTF-8", Charset::forName);
    add(Pattern.class, "a regular expression", this::pattern);
    Map.of(
            boolean.class, Boolean.class,
            char.class, Character.class,
            byte.class, Byte.class,
            short.class, Short.class,
            int.class, Integer.class,
            long.class, Long.class,
            float.class, Float.class,
            double.class, Double.class)
        .forEach((primitive, boxed) -> types.put(primitive, known(boxed)));
  }

  /** Makes a type known, or known otherwise than it was. */
  <V> void add(Class<V> type, String expectation, ScalarType.Parse<V> parse) {
    types.put(type, new ScalarType<>(expectation, parse));
  }

  boolean knows(Class<?> type) {
    return types.containsKey(type);
  }

  Optional<ScalarType<?>> find(Class<?> type) {
    return type.isEnum() && !knows(type)
        ? Optional.of(constants(type))
        : Optional.ofNullable(types.get(type));
  }

  private ScalarType<?> known(Class<?> type) {
    return find(type).orElseThrow();
  }

  private static ScalarType<Object> constants(Class<?> type) {
    Object[] constants = type.getEnumConstants();
    String names =
        Arrays.stream(constants).map(Scalars::constant).collect(Collectors.joining(", "));
    return new ScalarType<>(
        "one of " + names,
        text ->
            Arrays.stream(constants)
                .filter(each -> constant(each).equals(constantName(text)))
                .findFirst()
                .orElseThrow());
  }

  /** {@code FILE_SYSTEM} is written {@code file-system}. */
  static String constant(Object constant) {
    return constantName(((Enum<?>) constant).name());
  }

  private static String constantName(String text) {
    return text.strip().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The same object for the same text, so that a record which holds it equals the one before: a
   * pattern has no equals of its own.
   */
  private Pattern pattern(String text) {
    if (patterns.size() >= PATTERNS_MAX) {
      patterns.clear();
    }
    return patterns.computeIfAbsent(text, Pattern::compile);
  }

  private static Boolean truth(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException(text);
    };
  }

  private static Character character(String text) {
    if (text.length() != 1) {
      throw new IllegalArgumentException(text);
    }
    return text.charAt(0);
  }

  private static <N extends Number> N finite(N number) {
    if (!Double.isFinite(number.doubleValue())) {
      throw new IllegalArgumentException("not finite: " + number);
    }
    return number;
  }
}
