package dev.holdfast.worker;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.TimeUnit;

/**
 * The Python that runs workers: {@code HOLDFAST_PYTHON} if that is set; else of {@code python3} on
 * the {@code PATH}, {@code /usr/bin/python3} and {@code /usr/local/bin/python3} the first that is
 * new enough and has NumPy, else the first that is new enough.
 *
 * @param path the executable
 * @param version its version
 * @param hasNumpy whether it finds NumPy
 */
public record PythonInterpreter(Path path, String version, boolean hasNumpy) {
  private static final String CHOICE = "HOLDFAST_PYTHON";
  private static final List<Path> USUAL =
      List.of(Path.of("/usr/bin/python3"), Path.of("/usr/local/bin/python3"));
  private static final int MINOR_MIN = 9;
  private static final long ANSWER_SECONDS = 60;
  private static final String QUESTION =
      "import sys, importlib.util as u; print('.'.join(map(str, sys.version_info[:3])), u.find_spec('numpy') is not None)";

  /**
   * The one to use.
   *
   * @param environment where {@code HOLDFAST_PYTHON} and {@code PATH} are looked up
   * @throws PythonNotFoundException if there is none
   */
  public static PythonInterpreter find(Map<String, String> environment) {
    return find(environment, USUAL);
  }

  static PythonInterpreter find(Map<String, String> environment, List<Path> usual) {
    String chosen = environment.getOrDefault(CHOICE, "");
    return chosen.isEmpty() ? search(environment, usual) : require(chosen, environment);
  }

  private static PythonInterpreter require(String chosen, Map<String, String> environment) {
    Path path =
        chosen.contains("/")
            ? Path.of(chosen)
            : onPath(chosen, environment)
                .orElseThrow(() ->
                    new PythonNotFoundException(CHOICE + "=" + chosen + " is not on the PATH"));
    return ask(path)
        .filter(PythonInterpreter::isNewEnough)
        .orElseThrow(() -> unusable(CHOICE + "=" + chosen));
  }

  /**
   * That one.
   *
   * @throws PythonNotFoundException if it is none, or too old
   */
  static PythonInterpreter at(Path path) {
    return ask(path)
        .filter(PythonInterpreter::isNewEnough)
        .orElseThrow(() -> unusable("interpreter=" + path));
  }

  private static PythonNotFoundException unusable(String named) {
    return new PythonNotFoundException(
        "not a Python 3.%d or newer: %s; name another one".formatted(MINOR_MIN, named));
  }

  private static PythonInterpreter search(Map<String, String> environment, List<Path> usual) {
    List<PythonInterpreter> usable = new ArrayList<>();
    SequencedSet<Path> candidates = candidates(environment, usual);
    for (Path candidate : candidates) {
      Optional<PythonInterpreter> found = ask(candidate).filter(PythonInterpreter::isNewEnough);
      if (found.isPresent() && found.get().hasNumpy()) {
        return found.get();
      }
      found.ifPresent(usable::add);
    }
    if (usable.isEmpty()) {
      throw new PythonNotFoundException(
          "no Python 3.%d or newer found: tried=%s; install python3 (python3-numpy for arrays), or name one with %s"
              .formatted(MINOR_MIN, candidates, CHOICE));
    }
    return usable.getFirst();
  }

  private static SequencedSet<Path> candidates(Map<String, String> environment, List<Path> usual) {
    SequencedSet<Path> candidates = new LinkedHashSet<>();
    onPath("python3", environment).ifPresent(candidates::add);
    candidates.addAll(usual);
    return candidates;
  }

  private static Optional<Path> onPath(String name, Map<String, String> environment) {
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      Path candidate = Path.of(folder.isEmpty() ? "." : folder, name);
      if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /** What the interpreter says of itself; empty if it is not there or is no Python. */
  private static Optional<PythonInterpreter> ask(Path path) {
    if (!Files.isExecutable(path)) {
      return Optional.empty();
    }
    try {
      Process process =
          new ProcessBuilder(path.toString(), "-c", QUESTION)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      String answer =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      boolean ended = process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS);
      return ended && process.exitValue() == 0 ? parse(path, answer) : Optional.empty();
    } catch (IOException notRunnable) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static Optional<PythonInterpreter> parse(Path path, String answer) {
    int space = answer.indexOf(' ');
    return space < 0
        ? Optional.empty()
        : Optional.of(
            new PythonInterpreter(
                path, answer.substring(0, space), answer.substring(space + 1).equals("True")));
  }

  @Override
  public String toString() {
    return "%s (Python %s, %s NumPy)".formatted(path, version, hasNumpy ? "with" : "without");
  }

  private boolean isNewEnough() {
    return version.matches("3\\.\\d+\\.\\d+")
        && Integer.parseInt(version.split("\\.", -1)[1]) >= MINOR_MIN;
  }
}
