package dev.holdfast.resource.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The components of records that are more than a number: checked when read, and when taken to be
 * written, which is before anything is.
 */
final class RecordValues {
  private RecordValues() {}

  static boolean readBoolean(String name, MemorySegment segment, long offset) {
    byte value = segment.get(ValueLayout.JAVA_BYTE, offset);
    if ((value & ~1) != 0) {
      throw corrupted("a boolean is 0 or 1", name, value, offset);
    }
    return value == 1;
  }

  static void writeBoolean(MemorySegment segment, long offset, boolean value) {
    segment.set(ValueLayout.JAVA_BYTE, offset, (byte) (value ? 1 : 0));
  }

  static Object readEnum(
      String name,
      Object[] constants,
      ValueLayout.OfInt ordinals,
      MemorySegment segment,
      long offset) {
    int ordinal = segment.get(ordinals, offset);
    if (ordinal < 0 || ordinal >= constants.length) {
      throw corrupted("no such constant of " + constants.length, name, ordinal, offset);
    }
    return constants[ordinal];
  }

  // The ordinal is what the file holds; the layout hash names the constants in their order.
  @SuppressWarnings("EnumOrdinal")
  static int takeEnum(String name, @Nullable Enum<?> value) {
    return required(name, value).ordinal();
  }

  static Record takeRecord(String name, @Nullable Record value) {
    return required(name, value);
  }

  static byte[] readBytes(
      String name, int bytesMax, ValueLayout.OfInt lengths, MemorySegment segment, long offset) {
    int length = segment.get(lengths, offset);
    if (length < 0 || length > bytesMax) {
      throw corrupted("a length of at most " + bytesMax, name, length, offset);
    }
    byte[] bytes = new byte[length];
    MemorySegment.copy(
        segment, ValueLayout.JAVA_BYTE, offset + Integer.BYTES, bytes, 0, bytes.length);
    return bytes;
  }

  static byte[] takeBytes(String name, int bytesMax, byte @Nullable [] value) {
    byte[] bytes = required(name, value);
    if (bytes.length > bytesMax) {
      throw new IllegalArgumentException(
          "component is longer than its place: name=%s, bytes=%d, most=%d"
              .formatted(name, bytes.length, bytesMax));
    }
    return bytes;
  }

  /**
   * @param room for bytes, with the padding behind them; {@code bytes} fit
   */
  static void writeBytes(
      int room, ValueLayout.OfInt lengths, MemorySegment segment, long offset, byte[] bytes) {
    segment.set(lengths, offset, bytes.length);
    MemorySegment.copy(
        bytes, 0, segment, ValueLayout.JAVA_BYTE, offset + Integer.BYTES, bytes.length);
    segment.asSlice(offset + Integer.BYTES + bytes.length, room - bytes.length).fill((byte) 0);
  }

  static String readText(
      String name, int bytesMax, ValueLayout.OfInt lengths, MemorySegment segment, long offset) {
    byte[] bytes = readBytes(name, bytesMax, lengths, segment, offset);
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) { // replaced what it is not
      throw new MappedFileCorruptedException(
          "a text that is not UTF-8: component=%s, bytes=%d, offset=%d"
              .formatted(name, bytes.length, offset));
    }
    return text;
  }

  static byte[] takeText(String name, int bytesMax, @Nullable String value) {
    String text = required(name, value);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (!new String(bytes, StandardCharsets.UTF_8).equals(text)) { // replaced half a pair
      throw new IllegalArgumentException(
          "component has half a surrogate pair, which no UTF-8 has: name=%s".formatted(name));
    }
    return takeBytes(name, bytesMax, bytes);
  }

  private static <T> T required(String name, @Nullable T value) {
    if (value == null) {
      throw new NullPointerException("component is null: name=" + name);
    }
    return value;
  }

  private static MappedFileCorruptedException corrupted(
      String expected, String name, int found, long offset) {
    return new MappedFileCorruptedException(
        "a value that no record has: component=%s, found=%d, expected=%s, offset=%d"
            .formatted(name, found, expected, offset));
  }
}
