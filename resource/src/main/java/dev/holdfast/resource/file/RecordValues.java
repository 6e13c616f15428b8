package dev.holdfast.resource.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** The components of records that are more than a number: checked when read, and when written. */
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
  static void writeEnum(
      ValueLayout.OfInt ordinals, MemorySegment segment, long offset, Enum<?> value) {
    segment.set(ordinals, offset, value.ordinal());
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

  static void writeBytes(
      String name,
      int bytesMax,
      ValueLayout.OfInt lengths,
      MemorySegment segment,
      long offset,
      byte[] bytes) {
    if (bytes.length > bytesMax) {
      throw new IllegalArgumentException(
          "component is longer than its place: name=%s, bytes=%d, most=%d"
              .formatted(name, bytes.length, bytesMax));
    }
    segment.set(lengths, offset, bytes.length);
    MemorySegment.copy(
        bytes, 0, segment, ValueLayout.JAVA_BYTE, offset + Integer.BYTES, bytes.length);
    segment.asSlice(offset + Integer.BYTES + bytes.length, bytesMax - bytes.length).fill((byte) 0);
  }

  static String readText(
      String name, int bytesMax, ValueLayout.OfInt lengths, MemorySegment segment, long offset) {
    return new String(readBytes(name, bytesMax, lengths, segment, offset), StandardCharsets.UTF_8);
  }

  static void writeText(
      String name,
      int bytesMax,
      ValueLayout.OfInt lengths,
      MemorySegment segment,
      long offset,
      String text) {
    writeBytes(name, bytesMax, lengths, segment, offset, text.getBytes(StandardCharsets.UTF_8));
  }

  private static MappedFileCorruptedException corrupted(
      String expected, String name, int found, long offset) {
    return new MappedFileCorruptedException(
        "a value that no record has: component=%s, found=%d, expected=%s, offset=%d"
            .formatted(name, found, expected, offset));
  }
}
