package dev.holdfast.resource.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, written {@code 4096}, {@code 512M} or {@code 10GiB}; units are powers of 1024.
 *
 * @param bytes how many
 */
public record ByteSize(long bytes) implements Comparable<ByteSize> {
  private static final String UNITS = "KMGTPE";
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,19})\\s*(?:([KMGTPEkmgtpe])(?:i?[Bb])?|[Bb])?");

  /**
   * @throws IllegalArgumentException if it is negative
   */
  public ByteSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("size must not be negative: bytes=" + bytes);
    }
  }

  /**
   * Reads a size.
   *
   * @throws IllegalArgumentException if the text is none, or beyond 8 EiB
   */
  public static ByteSize parse(String text) {
    Matcher size = SIZE.matcher(text);
    if (!size.matches()) {
      throw notASize(text);
    }
    try {
      String unit = size.group(2);
      return new ByteSize(
          Math.multiplyExact(Long.parseLong(size.group(1)), unit == null ? 1 : factor(unit)));
    } catch (ArithmeticException | NumberFormatException e) {
      throw notASize(text);
    }
  }

  @Override
  public int compareTo(ByteSize other) {
    return Long.compare(bytes, other.bytes);
  }

  /** As {@link #parse} reads it, in the greatest unit that is exact: {@code 512M}. */
  @Override
  public String toString() {
    int power = bytes == 0 ? 0 : Math.min(UNITS.length(), Long.numberOfTrailingZeros(bytes) / 10);
    return power == 0
        ? Long.toString(bytes)
        : (bytes >> (10 * power)) + UNITS.substring(power - 1, power);
  }

  private static long factor(String unit) {
    return 1L << (10 * (UNITS.indexOf(unit.toUpperCase(Locale.ROOT)) + 1));
  }

  private static IllegalArgumentException notASize(String text) {
    return new IllegalArgumentException(
        "not a number of bytes below 8 EiB: size=%s; write for example 4096, 512M or 10G"
            .formatted(text));
  }
}
