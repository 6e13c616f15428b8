package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class ConfigCommandTest extends CommandTest {
  private static final List<String> DEFAULTS =
      List.of(
          "space-bytes: 10G",
          "region-bytes: 1G",
          "participant-bytes: 10G",
          "regions: 4096",
          "participants: 256",
          "sweep-interval: 1m");

  @Test
  void show_isAFileThatIsGoodAndChangesNothing() {
    put("model", 1);
    Run shown = done("config", "show");
    assertThat(shown.lines()).isEqualTo(DEFAULTS);
    String file = text("space.yaml", shown.out()).toString();
    assertThat(done("config", "validate", file).out()).isEqualTo(file + ": good\n");
    assertThat(done("config", "apply", file).lines()).isEqualTo(DEFAULTS);
    assertThat(done("config", "show", "--json").json()).isEqualTo(done("limits", "--json").json());
  }

  @Test
  void set_changesWhatLimitsShows_forEverybodyAtOnce() {
    put("model", 1);
    Run set = done("config", "set", "region-bytes=4G", "regions=100", "sweep-interval=0.5");
    assertThat(set.lines())
        .contains("region-bytes: 4G", "regions: 100", "sweep-interval: 500ms", "space-bytes: 10G");
    assertThat(done("limits").out()).contains("4.0 GiB", "500ms");
    done("config", "set", "sweepInterval=30s");
    assertThat(done("limits", "--json").json().get("limits").get("sweepIntervalSeconds").asInt())
        .isEqualTo(30);
    assertThat(
            done("config", "set", "regions=99", "--json")
                .json()
                .get("limits")
                .get("regions")
                .asInt())
        .isEqualTo(99);
  }

  @Test
  void set_anyWrong_isWrongUsage_tellsAllAndChangesNone() {
    put("model", 1);
    Run run = run("config", "set", "region-byte=4G", "regions=many", "participants=8");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains("region-byte: expected=a known key; did you mean region-bytes?")
        .contains("regions: value=many, expected=a whole number");
    assertThat(run("config", "set", "space-bytes=0").err())
        .contains("command line: space-bytes: limit must be positive: spaceBytes=0");
    assertThat(run("config", "set", "regions=5000").err()).contains("created for 4096");
    assertThat(run("config", "set", "regions").exitCode()).isEqualTo(2);
    assertThat(run("config", "set").exitCode()).isEqualTo(2);
    assertThat(done("config", "show").lines()).isEqualTo(DEFAULTS);
  }

  @Test
  void set_twoSetDifferentKeysAtTheSameTime_noneIsLost() throws Exception {
    put("model", 1);
    try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
      for (int round = 1; round <= 25; round++) {
        String regions = "regions=" + round;
        String participants = "participants=" + (10 + round);
        Future<Run> first = executor.submit(() -> Run.of(root, "config", "set", regions));
        Future<Run> second = executor.submit(() -> Run.of(root, "config", "set", participants));
        assertThat(first.get(1, TimeUnit.MINUTES).exitCode()).isZero();
        assertThat(second.get(1, TimeUnit.MINUTES).exitCode()).isZero();
        var limits = done("limits", "--json").json().get("limits");
        assertThat(limits.get("regions").asInt()).isEqualTo(round);
        assertThat(limits.get("participants").asInt()).isEqualTo(10 + round);
      }
    }
  }

  @Test
  void set_aKeyTwice_isWrongUsage_changesNone() {
    put("model", 1);
    Run run = run("config", "set", "regions=5", "regions=6");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("key is given twice: key=regions");
    assertThat(run("config", "set", "sweepInterval=5s", "sweep-interval=6s").err())
        .contains("one spelling of the key");
    assertThat(done("config", "show").lines()).isEqualTo(DEFAULTS);
  }

  @Test
  void validate_tellsEverythingWithItsLine_andOpensNoSpace() {
    String file = text("space.yaml", "space-bytes: ten\n\nregions: 70000\nsweep: 1m\n").toString();
    Run run = run("config", "validate", file);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.lines())
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).startsWith(file + ":4: sweep: expected=a known key"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        file
                            + ":1: space-bytes: value=ten, expected=a number of bytes such as 4096, 512M or 10G"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        file + ":3: regions: limit out of range: regions=70000, allowed=1..65535"));
    text("space.yaml", "space-bytes: 0\nregions: 70000\nsweep-interval: 0s\n");
    var problems = run("config", "validate", file, "--json").json().get("problems");
    assertThat(problems).hasSize(3);
    assertThat(problems.get(1))
        .hasToString(
            "{\"stage\":\"validate\",\"source\":\"%s\",\"line\":2,\"path\":\"regions\",\"value\":\"\",\"expectation\":\"limit out of range: regions=70000, allowed=1..65535\"}"
                .formatted(file));
    assertThat(run("config", "validate", file + ".yaml").out()).contains("the file is not there");
    assertThat(run("config", "validate", "space.toml").exitCode()).isEqualTo(2);
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void apply_badFile_failsAndChangesNothing() {
    put("model", 1);
    String file = text("space.json", "{\"regions\": 5, \"participants\": \"all\"}").toString();
    Run run = run("config", "apply", file, "--json");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.error().get("kind").asString()).isEqualTo("Config");
    assertThat(run.error().get("message").asString())
        .contains("problems=1", "participants: value=all");
    assertThat(done("config", "show").lines()).isEqualTo(DEFAULTS);
  }

  @Test
  void apply_goodFile_leavesWhatItDoesNotName() {
    put("model", 1);
    done("config", "set", "regions=77");
    String file = text("space.properties", "region-bytes = 2G\n").toString();
    var limits = done("config", "apply", file, "--json").json().get("limits");
    assertThat(limits.get("regionBytes").asLong()).isEqualTo(2L << 30);
    assertThat(limits.get("regions").asInt()).isEqualTo(77);
  }

  @Test
  void apply_follow_bringsEachGoodChangeIntoForceUntilEnded() throws Exception {
    put("model", 1);
    Path file = text("space.yaml", "regions: 100\n");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    Thread follower =
        Thread.ofPlatform()
            .start(() ->
                exitCode.complete(
                    Holdfast.run(
                        Console.of(out, new ByteArrayOutputStream(), Map.of()),
                        "--root",
                        root.toString(),
                        "config",
                        "apply",
                        "--follow",
                        file.toString())));
    await(() -> out.toString(StandardCharsets.UTF_8).contains("regions: 100"));
    replace(file, "regions: 101\n");
    await(() -> out.toString(StandardCharsets.UTF_8).contains("regions: 100 -> 101"));
    done("config", "set", "participants=77");
    replace(file, "regions: 5000\n"); // more than the space was created for
    replace(file, "regions: 102\nsweep-interval: 2s\n");
    await(() -> out.toString(StandardCharsets.UTF_8).contains("-> 2s"));
    assertThat(done("config", "show").lines())
        .contains("regions: 102", "participants: 77", "sweep-interval: 2s");
    follower.interrupt();
    assertThat(exitCode.get(1, TimeUnit.MINUTES)).isZero();
  }

  @Test
  void config_alone_asksForACommand_eachHasAnExample() {
    assertThat(run("config").exitCode()).isEqualTo(2);
    for (String command : new String[] {"show", "set", "validate", "apply"}) {
      assertThat(done("config", command, "--help").out())
          .contains("Usage: holdfast config " + command, "Exit codes:", "Example:");
    }
    assertThat(run("config", "show").err()).contains("no such space");
  }

  private Path text(String name, String text) {
    try {
      return Files.writeString(files.resolve(name), text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void replace(Path file, String text) throws IOException {
    Files.move(text("new", text), file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void await(BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.MINUTES.toNanos(1)); // watchdog
      Thread.onSpinWait();
    }
  }
}
