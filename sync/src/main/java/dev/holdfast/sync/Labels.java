package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A context's label: the name of its thread, for people. */
final class Labels {
  private Labels() {}

  static String read(Words words, long contextAt) {
    long length = words.get(contextAt + ContextLayout.LABEL_LENGTH);
    int readable = Math.clamp(length, 0, ContextLayout.LABEL_BYTES_MAX);
    byte[] bytes = words.getBytes(contextAt + ContextLayout.LABEL, ContextLayout.LABEL_BYTES_MAX);
    return new String(bytes, 0, readable, StandardCharsets.UTF_8);
  }

  static byte[] cut(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, ContextLayout.LABEL_BYTES_MAX);
    while (length < bytes.length && length > 0 && (bytes[length] & 0xC0) == 0x80) {
      length--; // not through the middle of a character
    }
    return Arrays.copyOf(bytes, length);
  }
}
