package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LsCommandTest {
  @TempDir Path root;

  @Test
  void ls_noSuchSpace_isEmptyWithAHint() {
    Run run = Run.of(root, "ls", "--json");
    assertThat(run.exitCode()).isZero();
    assertThat(run.json().toString()).isEqualTo("{\"space\":\"default\",\"regions\":[]}");
    assertThat(run.err()).contains("no such space", "default");
    assertThat(root).isEmptyDirectory();
  }
}
