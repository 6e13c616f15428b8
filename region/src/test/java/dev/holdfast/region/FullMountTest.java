package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A file system that is really full. */
class FullMountTest extends SpaceTestBase {
  private Path mount = Path.of("/");

  @BeforeEach
  void mountOneMebibyte() throws Exception {
    mount = Files.createDirectory(root.resolve("tiny"));
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount.toString()),
        "mounting takes root and a container that may");
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", mount.toString());
  }

  @Test
  void create_moreThanTheMountHas_saysWhatThereIsAndLeavesNothing() throws IOException {
    Path file = mount.resolve("data");
    try (Space space = openQuiet()) {
      RegionSpec tooLarge = RegionSpec.named("big").bytes(2 << 20).file(file);
      assertThatThrownBy(() -> space.create(tooLarge))
          .isInstanceOf(OutOfSharedMemoryException.class)
          .hasMessageContaining("asked=2097152 bytes")
          .hasMessageContaining("mount=" + mount.toRealPath() + " (tmpfs)")
          .hasMessageContaining("size=1048576")
          .hasMessageContaining("available=1048576");
      assertThat(mount).isEmptyDirectory();
      assertThat(space.verify(false).findings()).isEmpty();
      try (Region fits = space.create(RegionSpec.named("big").bytes(1 << 20).file(file))) {
        fits.segment().fill((byte) 1);
      }
      assertThat(mount).isEmptyDirectory();
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
    return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
  }
}
