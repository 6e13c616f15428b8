package dev.holdfast.worker;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The type of an array's elements, in the machine's byte order. */
public enum DataType {
  /** One byte, 0 or 1. */
  BOOL("?", 1),
  /** A signed byte. */
  INT8("i1", 1),
  /** An unsigned byte. */
  UINT8("u1", 1),
  /** A signed 16-bit integer. */
  INT16("i2", 2),
  /** An unsigned 16-bit integer. */
  UINT16("u2", 2),
  /** A signed 32-bit integer. */
  INT32("i4", 4),
  /** An unsigned 32-bit integer. */
  UINT32("u4", 4),
  /** A signed 64-bit integer. */
  INT64("i8", 8),
  /** An unsigned 64-bit integer. */
  UINT64("u8", 8),
  /** A 32-bit IEEE 754 number, Java's {@code float}. */
  FLOAT32("f4", 4),
  /** A 64-bit IEEE 754 number, Java's {@code double}. */
  FLOAT64("f8", 8);

  private final String code;
  private final int bytes;

  DataType(String code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** How many bytes an element takes. */
  public int bytes() {
    return bytes;
  }

  /** NumPy's name for it, for example {@code uint8}. */
  public String numpyName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The type that NumPy calls so: {@code uint8} or {@code u1}, in any case.
   *
   * @throws IllegalArgumentException if there is none; the message lists them
   */
  public static DataType parse(String text) {
    String wanted = text.toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(type -> type.code.equals(wanted) || type.numpyName().equals(wanted))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown element type: dtype=%s; possible are %s"
                    .formatted(
                        text,
                        Arrays.stream(values())
                            .map(DataType::numpyName)
                            .collect(Collectors.joining(", ")))));
  }
}
