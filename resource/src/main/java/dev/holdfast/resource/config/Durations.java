package dev.holdfast.resource.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as people write them: {@code 500ms}, {@code 1h 30m}, {@code PT10S}; never a bare
 * number.
 */
final class Durations {
  private static final Pattern PART =
      Pattern.compile("\\s*(\\d{1,18}(?:\\.\\d{1,9})?)\\s*(ns|us|ms|s|m|h|d)");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L,
          "d", 86_400_000_000_000L);

  /** Four years and a half: sums with the clock, and some dozens of them, do not overflow. */
  private static final long NANOS_MAX = Long.MAX_VALUE / 64;

  private Durations() {}

  /** In nanoseconds, cut off where nobody waits for it any more. */
  static long nanos(Duration duration) {
    boolean isForEver = duration.compareTo(Duration.ofNanos(NANOS_MAX)) >= 0;
    return isForEver ? NANOS_MAX : duration.toNanos();
  }

  static Duration parse(String text) {
    if (text.toUpperCase(Locale.ROOT).startsWith("P")) {
      return Duration.parse(text);
    }
    Matcher part = PART.matcher(text);
    BigDecimal nanos = BigDecimal.ZERO;
    int end = 0;
    while (end < text.length() && part.find(end) && part.start() == end) {
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit(part))));
      end = part.end();
    }
    if (end == 0 || end < text.length()) {
      throw new IllegalArgumentException("not a duration: " + text);
    }
    return Duration.ofNanos(nanos.toBigInteger().longValueExact());
  }

  /** As {@link #parse} reads it: {@code 1h 30m}. */
  static String show(Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      return duration.isZero() ? "0s" : duration.toString();
    }
    StringBuilder text = new StringBuilder();
    append(text, duration.toDays(), "d");
    append(text, duration.toHoursPart(), "h");
    append(text, duration.toMinutesPart(), "m");
    append(text, duration.toSecondsPart(), "s");
    append(text, duration.toMillisPart(), "ms");
    append(text, duration.toNanosPart() / 1_000 % 1_000, "us");
    append(text, duration.toNanosPart() % 1_000, "ns");
    return text.toString().strip();
  }

  private static void append(StringBuilder text, long count, String unit) {
    if (count > 0) {
      text.append(count).append(unit).append(' ');
    }
  }

  private static long unit(Matcher part) {
    Long nanos = NANOS.get(part.group(2));
    if (nanos == null) {
      throw new AssertionError("every unit of the pattern is known: " + part.group(2));
    }
    return nanos;
  }
}
