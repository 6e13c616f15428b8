package dev.holdfast.worker;

import static org.junit.jupiter.api.Assumptions.abort;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/** The Python of this machine; tests that need it are skipped loudly without it, but fail in CI. */
final class Python {
  private Python() {}

  static void require() {
    try {
      if (!PythonInterpreter.find(System.getenv()).hasNumpy()) {
        missing("NumPy is missing");
      }
    } catch (PythonNotFoundException e) {
      missing(String.valueOf(e.getMessage()));
    }
  }

  static Path functions() {
    try {
      return Path.of(Objects.requireNonNull(Python.class.getResource("/functions.py")).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static void missing(String what) {
    if (System.getenv("CI") != null) {
      throw new AssertionError("needed in continuous integration: " + what);
    }
    System.err.println("SKIPPED, needs Python with NumPy: " + what);
    abort(what);
  }
}
