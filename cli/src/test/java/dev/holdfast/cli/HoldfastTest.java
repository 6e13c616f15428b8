package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HoldfastTest extends CommandTest {

  private static Set<String> commands() {
    Console console =
        Console.of(new ByteArrayOutputStream(), new ByteArrayOutputStream(), Map.of());
    return Holdfast.commandLine(console).getSubcommands().keySet();
  }

  @Test
  void help_everyCommand_hasAnExampleAndTheExitCodes() {
    assertThat(commands()).hasSizeGreaterThanOrEqualTo(17);
    for (String command : commands()) {
      assertThat(done(command, "--help").out())
          .contains("Usage: holdfast " + command, "Exit codes:")
          .containsPattern("Example:\\n(.*\\n)*?.*holdfast ")
          .containsPattern("3 +shared state is damaged");
    }
    assertThat(done("--help").out())
        .contains("Example:", "HOLDFAST_SPACE", "Exit codes:")
        .contains(commands());
  }

  @Test
  void version_isPrinted() {
    assertThat(done("--version").lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("holdfast "),
            line -> assertThat(line).startsWith("Java "),
            line -> assertThat(line).startsWith(System.getProperty("os.name")));
  }

  @Test
  void wrongCommandLine_exitsWith2AndPointsAtTheHelp() {
    Run none = run();
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("Missing required subcommand", "See: holdfast --help");
    Run misspelled = run("lss");
    assertThat(misspelled.exitCode()).isEqualTo(2);
    assertThat(misspelled.err()).contains("'lss'", "holdfast ls");
    Run json = run("ls", "--larger", "many", "--json");
    assertThat(json.exitCode()).isEqualTo(2);
    assertThat(json.error().get("kind").asString()).isEqualTo("WrongUsage");
    assertThat(json.error().get("message").asString()).contains("size=many");
    assertThat(run("ls", "--wrong").err()).contains("Unknown option", "See: holdfast ls --help");
  }

  @Test
  void spaceName_notAllowed_exitsWith2() {
    Run run = run("-s", "../x", "ls");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("not a space name").doesNotContain("\tat ");
  }

  @Test
  void globalOptions_beforeOrBehindTheCommand_meanTheSame() {
    done("-s", "frames", "put", file("a", 1).toString());
    assertThat(done("ls", "--space", "frames", "--json").json().get("regions")).hasSize(1);
    assertThat(done("ls", "--json").json().get("regions")).isEmpty();
  }

  @Test
  void failure_stackTraceWanted_isPrinted() {
    Run run = Run.of(Map.of("HOLDFAST_STACKTRACE", "1"), root, "usage");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("no such space", "\tat ");
    assertThat(run("usage").err()).doesNotContain("\tat ");
  }

  @Test
  void failure_unexpected_isStillOneLine() throws IOException {
    Files.createDirectory(root.resolve("default"));
    Files.createDirectory(root.resolve("default").resolve("live"));
    Run run = run("usage");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err().lines()).hasSize(1);
  }

  @Test
  void completion_script_isAcceptedByBash() throws IOException, InterruptedException {
    for (String shell : new String[] {"bash", "zsh"}) {
      Path script = files.resolve(shell);
      Files.writeString(script, done("completion", shell).out());
      assertThat(script).content().contains("--sweep-interval");
      assertThat(new ProcessBuilder("bash", "-n", script.toString()).start().waitFor()).isZero();
    }
    assertThat(run("completion", "fish").exitCode()).isEqualTo(2);
  }

  @Test
  void root_notAsked_isTheEnvironmentsElseTheUsers() {
    assertThat(SpaceRoot.of(Optional.empty(), Map.of("HOLDFAST_ROOT", "/x"), platform()).path())
        .isEqualTo(Path.of("/x"));
    assertThat(SpaceRoot.of(Optional.empty(), Map.of(), platform()).path())
        .isEqualTo(Path.of("/dev/shm/holdfast-" + platform().self().uid()));
  }
}
