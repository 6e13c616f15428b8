package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Has a directory for files, and closes what it opened. */
abstract class ConfigTest {
  private static final long WATCHDOG_NANOS = TimeUnit.MINUTES.toNanos(1);

  @TempDir Path directory;
  private final List<AutoCloseable> opened = new ArrayList<>();

  Path write(String name, String text) {
    try {
      return Files.writeString(directory.resolve(name), text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The change that an editor makes: another file is renamed over the old one. */
  Path replace(String name, String text) {
    try {
      Path temporary = Files.writeString(directory.resolve(name + "~"), text);
      return Files.move(
          temporary,
          directory.resolve(name),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  <C extends AutoCloseable> C closing(C resource) {
    opened.add(resource);
    return resource;
  }

  static <T> ConfigChange<T> applied(ReloadOutcome<T> outcome) {
    if (outcome instanceof ReloadOutcome.Applied<T>(ConfigChange<T> change)) {
      return change;
    }
    throw new AssertionError("not applied: " + outcome);
  }

  static <T> List<String> rejected(ReloadOutcome<T> outcome) {
    if (outcome instanceof ReloadOutcome.Rejected<T> rejected) {
      return rejected.problems().stream().map(ConfigProblem::toString).toList();
    }
    throw new AssertionError("not rejected: " + outcome);
  }

  static void await(String what, BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - begin).describedAs(what).isLessThan(WATCHDOG_NANOS);
      LockSupport.parkNanos(1_000_000);
    }
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
  }
}
