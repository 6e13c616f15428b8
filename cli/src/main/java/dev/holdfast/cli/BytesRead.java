package dev.holdfast.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** How many bytes processes got through {@code read} calls, as the kernel counts them. */
final class BytesRead {
  private static final String FIELD = "rchar: ";

  private BytesRead() {}

  /** Of all of them together; empty if the kernel does not tell. */
  static OptionalLong by(List<Long> pids) {
    long sum = 0;
    for (long pid : pids) {
      OptionalLong one = by(pid);
      if (one.isEmpty()) {
        return one;
      }
      sum += one.getAsLong();
    }
    return OptionalLong.of(sum);
  }

  /** Of all of them since then. */
  static OptionalLong since(OptionalLong before, List<Long> pids) {
    OptionalLong now = before.isPresent() ? by(pids) : before;
    return now.isPresent() ? OptionalLong.of(now.getAsLong() - before.getAsLong()) : now;
  }

  private static OptionalLong by(long pid) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(pid), "io")).stream()
          .filter(line -> line.startsWith(FIELD))
          .mapToLong(line -> Long.parseLong(line.substring(FIELD.length()).strip()))
          .findFirst();
    } catch (IOException notTold) {
      return OptionalLong.empty();
    }
  }
}
