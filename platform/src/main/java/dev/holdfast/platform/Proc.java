package dev.holdfast.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the small text files in which the kernel tells about itself and its processes. */
final class Proc {
  private Proc() {}

  static String read(String path) {
    return tryRead(path)
        .orElseThrow(() ->
            new UncheckedIOException(
                new IOException(
                    "cannot read a file of the kernel: path=%s; is /proc mounted?"
                        .formatted(path))));
  }

  /** Empty if the file does not exist, cannot be read, or its process ends meanwhile. */
  static Optional<String> tryRead(String path) {
    try {
      return Optional.of(
          new String(Files.readAllBytes(Path.of(path)), StandardCharsets.ISO_8859_1));
    } catch (IOException absent) {
      return Optional.empty();
    }
  }

  /** The number in a link such as {@code pid:[4026531836]}; 0 if there is no such link. */
  static long namespace(String path) {
    try {
      String target = Files.readSymbolicLink(Path.of(path)).toString();
      return Long.parseLong(target.substring(target.indexOf('[') + 1, target.length() - 1));
    } catch (IOException absent) {
      return 0;
    }
  }

  /** Field 22 of {@code /proc/<pid>/stat}; field 2, the name, may hold blanks and parentheses. */
  static long startTime(String stat) {
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19]);
  }
}
