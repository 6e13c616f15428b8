package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.Region;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class SpaceCommandsTest extends CommandTest {

  @Test
  void readingCommands_noSuchSpace_failAndCreateNothing() {
    for (String command :
        new String[] {
          "usage", "limits", "participants", "events", "map", "verify", "repair", "dump"
        }) {
      Run run = run(command, "--json");
      assertThat(run.exitCode()).describedAs(command).isEqualTo(1);
      assertThat(run.error().get("kind").asString())
          .describedAs(command)
          .isEqualTo("SpaceNotFound");
    }
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void usage_countsWhatIsThere() {
    put("model", 1024 * 1024);
    var usage = done("usage", "--json").json();
    assertThat(usage.get("bytes").asLong()).isEqualTo(1024 * 1024);
    assertThat(usage.get("regions").asInt()).isEqualTo(1);
    assertThat(usage.get("participants").asInt()).isEqualTo(1);
    assertThat(usage.get("limits").get("spaceBytes").asLong()).isEqualTo(10L << 30);
    assertThat(done("usage").out()).contains("1.0 MiB", "10.0 GiB", "#...");
  }

  @Test
  void limits_changed_areInForceForAll() {
    put("model", 1);
    var limits =
        done(
                "limits",
                "--space-bytes",
                "20G",
                "--region-bytes",
                "512M",
                "--participant-bytes",
                "1GiB",
                "--regions",
                "100",
                "--participants",
                "8",
                "--sweep-interval",
                "0.5",
                "--json")
            .json()
            .get("limits");
    assertThat(limits)
        .hasToString(
            "{\"spaceBytes\":21474836480,\"regionBytes\":536870912,\"participantBytes\":1073741824,\"regions\":100,\"participants\":8,\"sweepIntervalSeconds\":0.5}");
    assertThat(done("limits").out()).contains("20.0 GiB", "512.0 MiB", "500ms");
  }

  @Test
  void limits_impossible_areWrongUsageAndChangeNothing() {
    put("model", 1);
    assertThat(run("limits", "--space-bytes", "0").exitCode()).isEqualTo(2);
    assertThat(run("limits", "--space-bytes", "ten").exitCode()).isEqualTo(2);
    assertThat(run("limits", "--regions", "60000").err()).contains("created for 4096");
    assertThat(done("limits").out()).contains("10.0 GiB").contains("4096");
  }

  @Test
  void participants_showsWhoIsThere() {
    put("model", 1);
    try (Space _ = space()) {
      assertThat(done("participants").out()).contains("tester", "(this command)", "alive");
      var first = done("participants", "--json").json().get("participants").get(0);
      assertThat(first.get("label").asString()).isEqualTo("tester");
      assertThat(first.get("alive").asBoolean()).isTrue();
      assertThat(first.get("self").asBoolean()).isFalse();
      assertThat(first.get("pid").asLong()).isEqualTo(ProcessHandle.current().pid());
    }
  }

  @Test
  void map_drawsMemoryAndHolds() {
    put("model", 1024 * 1024);
    done("put", file("mapped", 10).toString(), "--map");
    assertThat(done("map").out()).contains("nobody holds anything", "in a file; live");
    done("limits", "--space-bytes", "2M");
    try (Space space = space();
        Region _ = space.region("model")) {
      assertThat(done("map").lines())
          .anyMatch(line -> line.matches("model +#{20}\\.{20}  1.0 MiB  live"))
          .anyMatch(line -> line.matches("model +#"))
          .anyMatch(line -> line.matches("mapped +\\."))
          .anyMatch(line -> line.matches("0: pid \\d+, tester"));
      assertThat(done("map", "--json").json().get("regions").get(0).get("heldBy"))
          .hasToString("[0]");
    }
  }

  @Test
  void events_eachKindOfChange_isReadable() {
    put("keep", 1);
    String id = put("model", 2048);
    try (Space space = space();
        Region _ = space.region("model")) {
      done("rm", id);
      done("rm", "--force", id);
    }
    done("limits", "--regions", "10");
    assertThat(done("events").out())
        .contains("model (2.0 KiB)", "model (1 holder)", "retired", "forced", "reclaimed")
        .contains("limits-changed");
    var first = JsonMapper.shared().readTree(done("events", "--json").lines().getFirst());
    assertThat(first.get("kind").asString()).isEqualTo("joined");
    assertThat(first.get("sequence").asLong()).isEqualTo(1);
  }

  @Test
  void events_follow_goesOnUntilEnded() throws Exception {
    put("keep", 1);
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
                        "events",
                        "--json",
                        "--follow")));
    await(() -> out.toString(StandardCharsets.UTF_8).contains("keep"));
    put("later", 1);
    await(() -> out.toString(StandardCharsets.UTF_8).contains("later"));
    follower.interrupt();
    assertThat(exitCode.get(1, TimeUnit.MINUTES)).isZero();
    List<Long> sequences =
        out.toString(StandardCharsets.UTF_8)
            .lines()
            .map(line -> JsonMapper.shared().readTree(line).get("sequence").asLong())
            .toList();
    assertThat(sequences).isEqualTo(LongStream.rangeClosed(1, sequences.size()).boxed().toList());
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private Space space() {
    return Space.open(SpaceSpec.named("default").under(root).label("tester"));
  }
}
