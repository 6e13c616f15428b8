package dev.holdfast.stress;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The project's own files: those that git tracks, or would track. */
final class SourceTree {
  private static final Path ROOT =
      Path.of(System.getProperty("holdfast.root", "..")).toAbsolutePath().normalize();
  private static final long WATCHDOG_MINUTES = 2;

  /** Whether this is a checkout; an unpacked archive does not say which files are the project's. */
  static boolean isCheckout() {
    return Files.exists(ROOT.resolve(".git"));
  }

  /** All files, as absolute paths. */
  static List<Path> files() {
    String listed =
        run(List.of("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"));
    return Pattern.compile("\0")
        .splitAsStream(listed)
        .map(ROOT::resolve)
        .filter(Files::isRegularFile)
        .sorted()
        .toList();
  }

  /** The files whose name ends with one of these. */
  static List<Path> files(String... endings) {
    return files().stream()
        .filter(file -> Stream.of(endings).anyMatch(file.toString()::endsWith))
        .toList();
  }

  static Path root() {
    return ROOT;
  }

  /** A file's path from the root, for messages. */
  static String name(Path file) {
    return ROOT.relativize(file.toAbsolutePath().normalize()).toString();
  }

  static String read(Path file) {
    return text(file).orElseThrow(() -> new IllegalStateException("not text: " + file));
  }

  /** What a text file says; empty for a binary one. */
  static Optional<String> text(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      return text.indexOf('\0') >= 0
          ? Optional.empty()
          : Optional.of(
              new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command in the root; what it printed. */
  static String run(List<String> command) {
    try {
      Path output = Files.createTempFile("holdfast", ".txt");
      try {
        Process process =
            new ProcessBuilder(command)
                .directory(ROOT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(WATCHDOG_MINUTES, TimeUnit.MINUTES);
        process.destroyForcibly();
        String printed = Files.readString(output);
        if (!ended || process.exitValue() != 0) {
          throw new IllegalStateException(
              "command failed: command=%s, ended=%s%n%s".formatted(command, ended, printed));
        }
        return printed;
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + command, e);
    }
  }

  private SourceTree() {}
}
