package dev.holdfast.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The Python file of the demonstration, in a temporary folder for as long as this is open.
 *
 * @param file where it is
 */
record DemoFunctions(Path file) implements AutoCloseable {
  private static final String NAME = "demo.py";

  static DemoFunctions write() throws IOException {
    DemoFunctions functions =
        new DemoFunctions(Files.createTempDirectory("holdfast-demo-").resolve(NAME));
    try (InputStream source =
        Objects.requireNonNull(DemoFunctions.class.getResourceAsStream(NAME))) {
      Files.copy(source, functions.file);
    }
    return functions;
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
    Files.deleteIfExists(Objects.requireNonNull(file.getParent()));
  }
}
