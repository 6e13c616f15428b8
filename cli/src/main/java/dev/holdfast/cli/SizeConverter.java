package dev.holdfast.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number of bytes: {@code 4096}, {@code 512M}, {@code 10G}; units are powers of 1024. */
final class SizeConverter implements ITypeConverter<Long> {
  private static final String UNITS = "KMGTPE";
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,19})(?:([KMGTPEkmgtpe])(?:i?[Bb])?)?");

  @Override
  public Long convert(String text) {
    Matcher size = SIZE.matcher(text);
    if (!size.matches()) {
      throw notASize(text);
    }
    String unit = size.group(2);
    try {
      long number = Long.parseLong(size.group(1));
      return unit == null ? number : Math.multiplyExact(number, factor(unit));
    } catch (ArithmeticException | NumberFormatException e) {
      throw notASize(text);
    }
  }

  private static long factor(String unit) {
    int power = UNITS.indexOf(Character.toUpperCase(unit.charAt(0))) + 1;
    return 1L << (10 * power);
  }

  private static TypeConversionException notASize(String text) {
    return new TypeConversionException(
        "not a number of bytes below 8 EiB: size=%s; write for example 4096, 512M or 10G"
            .formatted(text));
  }
}
