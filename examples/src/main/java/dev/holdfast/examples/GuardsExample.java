package dev.holdfast.examples;

import dev.holdfast.resource.guard.CleanupPolicy;
import dev.holdfast.resource.guard.CleanupPriority;
import dev.holdfast.resource.guard.CleanupReport;
import dev.holdfast.resource.guard.DeadLetter;
import dev.holdfast.resource.guard.RegistrySpec;
import dev.holdfast.resource.guard.ResourceGuard;
import dev.holdfast.resource.guard.ResourceRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Scratch files that are deleted off the caller's thread; what cannot be deleted is reported. */
public final class GuardsExample {
  private GuardsExample() {}

  /** Runs it. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createTempDirectory("guards");
    ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("scratch"));

    // Closing asks for the clean-up and goes on; the registry runs it.
    Path file = Files.createFile(directory.resolve("a"));
    try (ResourceGuard<Path> guard = registry.guard("file", file, Files::delete)) {
      Files.writeString(guard.get(), "used while the guard is open");
    }

    // How one resource is cleaned up: before others, quickly, and without another attempt.
    CleanupPolicy strict =
        CleanupPolicy.standard()
            .priority(CleanupPriority.CRITICAL)
            .timeout(Duration.ofSeconds(2))
            .attemptsMax(1);
    Path missing = directory.resolve("never made");
    registry.guard("missing", missing, Files::delete, strict).close();

    // Opening with a time-out: what arrives too late is cleaned up.
    ResourceGuard<Path> late =
        registry.acquire(
            "file",
            () -> Files.createFile(directory.resolve("b")),
            Files::delete,
            Duration.ofSeconds(60));
    System.out.println("opened " + late.get().getFileName());

    // Ends everything, also what nobody closed, and says what became of it.
    CleanupReport report = registry.drain(Duration.ofSeconds(60));
    System.out.printf("%d of %d cleaned%n", report.cleaned(), report.registered());
    for (DeadLetter letter : registry.takeDeadLetters()) {
      System.out.printf("%s: %s%n", letter.info().name(), letter.outcome().state());
    }
    deleteEmpty(directory);
  }

  private static void deleteEmpty(Path directory) throws IOException {
    Files.delete(directory); // fails if a scratch file were left
    System.out.println("nothing left");
  }
}
