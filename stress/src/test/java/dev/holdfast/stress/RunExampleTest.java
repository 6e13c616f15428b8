package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code ./holdfast example}, as the guides tell it. */
@Timeout(120)
class RunExampleTest {
  private String printed = "";

  @BeforeEach
  void requireABuild() {
    assumeTrue(
        Files.isDirectory(SourceTree.root().resolve("cli/target/lib")),
        "NOT RUN: the command line is not packaged");
  }

  @Test
  void example_aName_runsIt() throws Exception {
    assertThat(run("GuardsExample")).isZero();
    assertThat(printed).contains("2 of 3 cleaned", "nothing left");
  }

  @Test
  void example_noName_listsAll() throws Exception {
    assertThat(run()).isZero();
    assertThat(printed).contains("PoolExample", "SharedCacheExample");
  }

  @Test
  void example_unknownName_listsAllAndFails() throws Exception {
    assertThat(run("NoExample")).isEqualTo(2);
    assertThat(printed).contains("usage: ./holdfast example NAME");
  }

  private int run(String... names) throws IOException, InterruptedException {
    Path holdfast = SourceTree.root().resolve("holdfast");
    List<String> command = new ArrayList<>(List.of(holdfast.toString(), "example"));
    command.addAll(List.of(names));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("HOLDFAST_NO_BUILD", "1");
    Process process = builder.start();
    printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor();
  }
}
