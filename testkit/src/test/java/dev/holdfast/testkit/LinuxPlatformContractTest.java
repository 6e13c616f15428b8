package dev.holdfast.testkit;

import dev.holdfast.platform.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class LinuxPlatformContractTest extends PlatformContract {
  private final String name = "/holdfast-c-" + UUID.randomUUID().toString().substring(0, 13);

  @TempDir Path directory = Path.of("/");

  @AfterEach
  void removeShared() throws IOException {
    Files.deleteIfExists(Path.of("/dev/shm" + name));
  }

  @Override
  protected Platform platform() {
    return Platform.current();
  }

  @Override
  protected String path(String file) {
    return directory.resolve(file).toString();
  }

  @Override
  protected String sharedName() {
    return name;
  }
}
