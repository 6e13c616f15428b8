package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class DemoCommandTest {
  @TempDir Path folder;

  private Path write(int bytes) throws IOException {
    return Files.write(folder.resolve("input.raw"), new byte[bytes]);
  }

  @Test
  void demo_smallInput_keepsItsPromises() throws IOException {
    var _ = Python.require(folder);

    Run run = Run.of(folder.resolve("root"), "demo", "--input", write(100_003).toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("shared memory", "pipes", "was killed with SIGKILL", "did the slice again")
        .contains("participants 0, regions 0, objects in /dev/shm 0")
        .endsWith("Everything was as promised.\n");
    assertThat(folder.resolve("root")).isEmptyDirectory();
  }

  @Test
  void demo_inputTooSmall_isRefused() throws IOException {
    Run run = Run.of(folder.resolve("root"), "demo", "--input", write(7).toString());

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("not a file of at least 8 bytes");
  }

  @Test
  void agrees_anythingDifferent_isFalse() {
    DemoDigest java = new DemoDigest("aa", new long[] {1, 2}, 7L);

    assertThat(DemoDigest.parse("{\"sha256\":\"aa\",\"histogram\":[1,2]}").agrees(java)).isTrue();
    assertThat(DemoDigest.parse("{\"sha256\":\"aa\",\"crc32\":7}").agrees(java)).isTrue();
    assertThat(DemoDigest.parse("{\"sha256\":\"aa\",\"histogram\":[2,1]}").agrees(java)).isFalse();
    assertThat(DemoDigest.parse("{\"sha256\":\"aa\",\"crc32\":8}").agrees(java)).isFalse();
    assertThat(DemoDigest.parse("{\"sha256\":\"ab\",\"crc32\":7}").agrees(java)).isFalse();
    assertThat(DemoDigest.parse("{\"sha256\":\"aa\"}").agrees(java)).isFalse();
  }

  @Test
  void bytesRead_processThatIsNot_isNotTold() {
    assertThat(BytesRead.by(List.of(Long.MAX_VALUE))).isEqualTo(OptionalLong.empty());
    assertThat(BytesRead.since(OptionalLong.empty(), List.of())).isEqualTo(OptionalLong.empty());
  }
}
