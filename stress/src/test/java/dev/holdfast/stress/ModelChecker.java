package dev.holdfast.stress;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs one Promela model through Spin: generate the checker, compile it, search every state.
 *
 * <p>Lifetime: each run has a directory of its own below {@code target/models}, so that a trail
 * found there can be replayed with {@code spin -t -p}. Errors: a tool that fails, or a run that
 * outlasts the watchdog, throws IllegalStateException with what the tool printed.
 */
final class ModelChecker {

  /** What the generated checker is asked to look for. */
  enum Search {
    /** Assertions and deadlocks, in every reachable state. */
    SAFETY,
    /** The same for a search that is expected to end early: compiled quickly instead of well. */
    COUNTEREXAMPLE,
    /** Runs in which everybody keeps getting turns and nobody ever finishes. */
    PROGRESS;

    private List<String> compile() {
      return switch (this) {
        case SAFETY -> List.of("-O2", "-DSAFETY");
        case COUNTEREXAMPLE -> List.of("-O0", "-DSAFETY");
        case PROGRESS -> List.of("-O2", "-DNP", "-DNFAIR=3");
      };
    }

    private List<String> run() {
      return this == PROGRESS ? List.of("-l", "-f") : List.of();
    }
  }

  private static final List<String> TOOLS = List.of("spin", "gcc");
  private static final long WATCHDOG_MINUTES = 30;

  private final Path models;
  private final Path target;

  ModelChecker(Path models, Path target) {
    this.models = models;
    this.target = target;
  }

  /** The tools that are needed and not on the path. */
  static List<String> missingTools() {
    return TOOLS.stream().filter(tool -> !isOnPath(tool)).toList();
  }

  /**
   * Searches {@code model} with the given macro definitions and returns what the checker printed.
   */
  String check(String model, Search search, List<String> definitions) {
    Path directory = makeDirectory(model, search, definitions);
    run(directory, concat(List.of("spin"), definitions, List.of("-a", model)));
    run(
        directory,
        concat(
            List.of("gcc", "-w", "-DCOLLAPSE", "-DMEMLIM=6000"),
            search.compile(),
            List.of("-o", "pan", "pan.c")));
    return run(
        directory,
        concat(List.of(directory.resolve("pan").toString(), "-m1000000"), search.run(), List.of()));
  }

  private Path makeDirectory(String model, Search search, List<String> definitions) {
    String options = String.join("", definitions).replaceAll("[^A-Z0-9=]", "");
    try {
      Path directory =
          Files.createDirectories(target.resolve(model + "-" + search + "-" + options));
      Files.copy(
          models.resolve(model), directory.resolve(model), StandardCopyOption.REPLACE_EXISTING);
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String run(Path directory, List<String> command) {
    try {
      Path output = Files.createTempFile(directory, "output", ".txt");
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = false;
      try {
        ended = process.waitFor(WATCHDOG_MINUTES, TimeUnit.MINUTES);
      } finally {
        process.destroyForcibly();
      }
      String printed = Files.readString(output);
      if (!ended || process.exitValue() != 0) {
        throw new IllegalStateException(
            "model checking failed: command=%s, directory=%s, ended=%s%n%s"
                .formatted(String.join(" ", command), directory, ended, printed));
      }
      return printed;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + command, e);
    }
  }

  private static List<String> concat(List<String> first, List<String> second, List<String> third) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    all.addAll(third);
    return all;
  }

  private static boolean isOnPath(String tool) {
    String path = System.getenv("PATH");
    return path != null
        && Stream.of(path.split(File.pathSeparator, -1))
            .map(directory -> Path.of(directory, tool))
            .anyMatch(Files::isExecutable);
  }
}
