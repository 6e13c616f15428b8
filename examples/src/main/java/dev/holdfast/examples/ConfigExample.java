package dev.holdfast.examples;

import dev.holdfast.resource.config.ConfigException;
import dev.holdfast.resource.config.ConfigSource;
import dev.holdfast.resource.config.ReloadableConfig;
import dev.holdfast.resource.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A service whose configuration is a record: refused as a whole when it is wrong, followed while it
 * runs.
 *
 * <p>Run: {@code java -cp … dev.holdfast.examples.ConfigExample}
 */
public final class ConfigExample {
  private static final String GOOD =
      """
      greeting: hello
      timeout: 10s
      database:
        address: db.example.org
        pool-size: 8
        password: hunter2
      """;

  private static final String WRONG =
      """
      greeting: hello
      timeout: 10
      database:
        adress: db.example.org
        pool-size: many
        password: hunter2
      """;

  /** What is configured. */
  record Service(String greeting, Duration timeout, Database database) {}

  /** A part of it; its constructor refuses what makes no sense. */
  record Database(String address, int poolSize, Secret password) {
    Database {
      if (poolSize < 1) {
        throw new IllegalArgumentException("a pool needs a place: poolSize=" + poolSize);
      }
    }
  }

  private ConfigExample() {}

  /** Starts with a wrong file, then with a good one, and changes it. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createTempDirectory("config-example");
    Path file = directory.resolve("service.yaml");
    try {
      tellEverythingThatIsWrong(file);
      followTheFile(file);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(directory);
    }
  }

  private static void tellEverythingThatIsWrong(Path file) throws IOException {
    Files.writeString(file, WRONG);
    try (var _ = ReloadableConfig.of(Service.class).source(ConfigSource.file(file)).open()) {
      throw new IllegalStateException("a wrong file was accepted");
    } catch (ConfigException e) {
      e.problems().forEach(problem -> System.out.println("wrong: " + problem));
    }
  }

  private static void followTheFile(Path file) throws Exception {
    Files.writeString(file, GOOD);
    CountDownLatch changed = new CountDownLatch(1);
    try (var config =
        ReloadableConfig.of(Service.class)
            .source(ConfigSource.file(file))
            .source(ConfigSource.environment("SERVICE_"))
            .open()) {
      config.snapshot().entries().forEach(entry -> System.out.println("in force: " + entry));
      config.onChange(
          Service::database,
          (before, after) -> {
            System.out.println("pool: %d -> %d".formatted(before.poolSize(), after.poolSize()));
            changed.countDown();
          });
      replace(file, GOOD.replace("pool-size: 8", "pool-size: 12"));
      if (!changed.await(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("the change was not seen: " + config.health());
      }
    }
  }

  /** A file that is renamed over another one is never seen half-written. */
  private static void replace(Path file, String text) throws IOException {
    Path next = Files.writeString(file.resolveSibling("next"), text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
