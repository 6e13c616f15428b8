package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every snippet of docs/guides/run-python.md, run as it stands there. */
@Timeout(180)
class RunPythonGuideTest {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```$");

  @TempDir Path folder;
  private String guide = "";

  @BeforeEach
  void write() throws Exception {
    Path python = Python.require(folder);
    Path repository = Path.of(System.getProperty("holdfast.root"));
    guide = Files.readString(repository.resolve("docs/guides/run-python.md"));
    for (String code : blocks("python")) {
      Files.writeString(folder.resolve(fileName(code, "#")), code);
    }
    assertThat(program(python.toString(), "make_frames.py")).isEmpty();
  }

  @Test
  void commands_runAsTheyStandThere() throws IOException {
    List<String> commands =
        blocks("console").stream().filter(block -> block.startsWith("$ ")).toList();
    assertThat(commands).hasSize(2);

    List<String> told = command(commands.getFirst()).lines();
    assertThat(told.getFirst().replaceAll(" +", " "))
        .isEqualTo(commands.getFirst().lines().toList().get(1).replaceAll(" +", " "));
    assertThat(told.get(1)).contains("[25,480,640]", "[0.0,1.0,2.0,3.0,");

    assertThat(command(commands.getLast()).out()).contains("uint8[25,480,640]");
    byte[] inverted = Files.readAllBytes(folder.resolve("inverted.raw"));
    assertThat(inverted).hasSize(100 * 480 * 640);
    assertThat(inverted[inverted.length - 1]).isEqualTo((byte) (255 - 99));
  }

  @Test
  void javaProgram_printsWhatThePageSays() throws Exception {
    String code = blocks("java").getFirst();
    Path source = Files.writeString(folder.resolve(fileName(code, "//")), code);

    String printed =
        program(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            source.toString());

    assertThat(printed).isEqualTo(blocks("console").getLast());
    assertThat(folder.resolve("root/frames")).doesNotExist();
  }

  /** {@code $ ./holdfast …} with the files it names in the test's folder. */
  private Run command(String block) {
    List<String> words = List.of(block.lines().findFirst().orElseThrow().split(" "));
    assertThat(words.subList(0, 2)).containsExactly("$", "./holdfast");
    Run run =
        Run.of(
            folder.resolve("root"),
            words.stream()
                .skip(2)
                .map(word -> word.matches(".*\\.(py(:\\w+)?|raw)") ? folder + "/" + word : word)
                .toArray(String[]::new));
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  private String program(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("HOLDFAST_ROOT", folder.resolve("root").toString());
    Process process = builder.start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return printed;
  }

  private List<String> blocks(String language) {
    return BLOCK
        .matcher(guide)
        .results()
        .filter(block -> block.group(1).equals(language))
        .map(block -> block.group(2))
        .toList();
  }

  /** The file that a snippet names in its first line. */
  private static String fileName(String code, String comment) {
    return Optional.of(code.lines().findFirst().orElseThrow())
        .filter(line -> line.startsWith(comment + " "))
        .map(line -> line.substring(comment.length() + 1))
        .orElseThrow();
  }
}
