package dev.holdfast.cli;

import java.math.BigDecimal;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number of seconds, {@code 90} or {@code 0.5}. */
final class SecondsConverter implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String text) {
    try {
      return Duration.ofNanos(
          new BigDecimal(text).movePointRight(9).toBigInteger().longValueExact());
    } catch (ArithmeticException | NumberFormatException e) {
      throw new TypeConversionException(
          "not a number of seconds: seconds=%s; write for example 90 or 0.5".formatted(text));
    }
  }
}
