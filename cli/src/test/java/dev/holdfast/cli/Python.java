package dev.holdfast.cli;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.worker.PythonNotFoundException;
import dev.holdfast.worker.WorkerPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The Python of this machine; tests that need it are skipped loudly without it, but fail in CI. */
final class Python {
  private Python() {}

  /** The one that workers use; it has NumPy. */
  static Path require(Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("probe.py"), "");
    try (Space space = Space.open(SpaceSpec.named("probe").under(folder.resolve("probe")));
        WorkerPool pool = WorkerPool.python(file).processes(1).open(space)) {
      if (!pool.interpreter().hasNumpy()) {
        throw missing("NumPy is missing: " + pool.interpreter());
      }
      return pool.interpreter().path();
    } catch (PythonNotFoundException e) {
      throw missing(String.valueOf(e.getMessage()));
    }
  }

  /** Skips the test, or fails it in continuous integration. */
  private static RuntimeException missing(String what) {
    if (System.getenv("CI") != null) {
      throw new AssertionError("needed in continuous integration: " + what);
    }
    System.err.println("SKIPPED, needs Python with NumPy: " + what);
    return abort(what);
  }
}
