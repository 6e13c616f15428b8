package dev.holdfast.worker;

import dev.holdfast.region.Space;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Which workers a pool is to have. Immutable.
 *
 * @param file the Python file whose functions are called
 * @param processes how many calls run at the same time; by default one a processor
 * @param retries how many more workers try a call that a worker died of; by default 2
 * @param timeout how long one try of a call may take; by default as long as it wants
 * @param output is given the lines that workers print, each with its worker's name before it; by
 *     default they go to standard error
 * @param interpreter the Python executable; by default {@code HOLDFAST_PYTHON}, else the first of
 *     {@code python3} on the {@code PATH}, {@code /usr/bin/python3} and {@code
 *     /usr/local/bin/python3} that is 3.9 or newer and has NumPy, else the first that is 3.9 or
 *     newer
 */
public record PythonWorkers(
    Path file,
    int processes,
    int retries,
    Optional<Duration> timeout,
    Consumer<String> output,
    Optional<Path> interpreter) {

  /** Refuses numbers that make no sense, and a file that cannot be read. */
  public PythonWorkers {
    if (processes < 1 || retries < 0) {
      throw new IllegalArgumentException(
          "not possible for workers: processes=%d (at least 1), retries=%d (at least 0)"
              .formatted(processes, retries));
    }
    if (timeout.isPresent() && !timeout.get().isPositive()) {
      throw new IllegalArgumentException("a time-out is positive: timeout=" + timeout.get());
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new IllegalArgumentException(
          "no such Python file: file=%s, folder=%s".formatted(file, Path.of("").toAbsolutePath()));
    }
  }

  static PythonWorkers of(Path file) {
    return new PythonWorkers(
        file,
        Runtime.getRuntime().availableProcessors(),
        2,
        Optional.empty(),
        System.err::println,
        Optional.empty());
  }

  /** With that many processes. */
  public PythonWorkers processes(int count) {
    return new PythonWorkers(file, count, retries, timeout, output, interpreter);
  }

  /** With that many more tries for a call that a worker died of. */
  public PythonWorkers retries(int count) {
    return new PythonWorkers(file, processes, count, timeout, output, interpreter);
  }

  /** With a limit for how long one try of a call takes; a worker that exceeds it is killed. */
  public PythonWorkers timeout(Duration limit) {
    return new PythonWorkers(file, processes, retries, Optional.of(limit), output, interpreter);
  }

  /** With what workers print going there. */
  public PythonWorkers output(Consumer<String> lines) {
    return new PythonWorkers(file, processes, retries, timeout, lines, interpreter);
  }

  /** With that Python. */
  public PythonWorkers interpreter(Path python) {
    return new PythonWorkers(file, processes, retries, timeout, output, Optional.of(python));
  }

  /**
   * Starts the workers and waits until all of them are ready.
   *
   * @throws PythonNotFoundException if no suitable Python is there
   * @throws WorkerFailedException if the file cannot be imported
   * @throws WorkerDiedException if a worker ends while it imports the file
   */
  public WorkerPool open(Space space) {
    PythonInterpreter python =
        interpreter
            .map(PythonInterpreter::at)
            .orElseGet(() -> PythonInterpreter.find(System.getenv()));
    return WorkerPool.open(this, python, space);
  }
}
