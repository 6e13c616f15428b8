package dev.holdfast.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads mode bits in octal, {@code 0640} or {@code 640}. */
final class ModeConverter implements ITypeConverter<Integer> {
  @Override
  public Integer convert(String text) {
    if (!text.matches("0?[0-7]{3}")) {
      throw new TypeConversionException(
          "not a mode: mode=%s; write three octal digits, for example 0640".formatted(text));
    }
    return Integer.parseInt(text, 8);
  }
}
