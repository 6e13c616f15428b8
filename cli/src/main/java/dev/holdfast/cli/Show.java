package dev.holdfast.cli;

import dev.holdfast.region.RegionPolicy;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** How values look to people. */
final class Show {
  private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Show() {}

  /** For example {@code 1.0 GiB}; below 1024, exact. */
  static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /** Local time with its offset, to the second. */
  static String time(Instant instant) {
    return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
        instant.truncatedTo(ChronoUnit.SECONDS).atZone(ZoneId.systemDefault()));
  }

  /** For example {@code 1m 30s}; below a second, milliseconds. */
  static String duration(Duration duration) {
    if (duration.compareTo(Duration.ofSeconds(1)) < 0) {
      return duration.toMillis() + "ms";
    }
    StringBuilder text = new StringBuilder();
    append(text, duration.toDays(), "d");
    append(text, duration.toHoursPart(), "h");
    append(text, duration.toMinutesPart(), "m");
    append(text, duration.toSecondsPart(), "s");
    return text.toString().strip();
  }

  /** Mode bits in octal, for example {@code 0600}. */
  static String mode(int permissions) {
    return "%04o".formatted(permissions);
  }

  /** A bar of that width, filled as far as {@code part} is of {@code whole}. */
  static String bar(long part, long whole, int width) {
    double share = whole <= 0 ? 0 : Math.clamp((double) part / whole, 0, 1);
    int filled = (int) Math.round(share * width);
    boolean visible = part > 0 && filled == 0;
    return "#".repeat(visible ? 1 : filled) + ".".repeat(width - (visible ? 1 : filled));
  }

  /** {@code 1 region}, {@code 2 regions}. */
  static String count(long count, String noun) {
    return "%d %s%s".formatted(count, noun, count == 1 ? "" : "s");
  }

  /** The policy as {@code --policy} takes it. */
  static String policy(RegionPolicy policy) {
    return PolicyName.of(policy).toString();
  }

  /** A constant's name as the command line writes it: {@code dead-participant}. */
  static String constant(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static void append(StringBuilder text, long count, String unit) {
    if (count > 0) {
      text.append(count).append(unit).append(' ');
    }
  }
}
