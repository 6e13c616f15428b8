package dev.holdfast.cli;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.Region;
import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PutGetTest extends CommandTest {
  private static final long LARGE_BYTES = 512L << 20;
  private static final int BYTES = 9 * 1024 * 1024 + 17; // more than a chunk, and no whole number

  @Test
  void put_thenGet_sameBytes() throws IOException {
    String id = put("model", BYTES);
    assertThat(id).matches("r[0-9a-f]+");
    Path copy = files.resolve("copy");
    assertThat(done("get", "model", "-o", copy.toString()).out()).isEmpty();
    assertThat(copy).hasSameBinaryContentAs(files.resolve("model"));
    assertThat(done("get", id, "-o", "-").bytes()).isEqualTo(content(BYTES));
    try (var left = Files.list(files)) {
      assertThat(left).hasSize(2);
    }
  }

  @Test
  void put_default_isManualChecksummedAndPrivate() {
    put("model", 100);
    var region = inspect("model");
    assertThat(region.get("policy").asString()).isEqualTo("manual");
    assertThat(region.get("checksum").asString()).matches("[0-9a-f]{8}");
    assertThat(region.get("mode").asString()).isEqualTo("0600");
    assertThat(done("verify", "--contents").out()).contains("100 B compared");
  }

  @Test
  void put_options_areTheRegions() {
    put("a", 10, "--policy", "automatic", "--timeout", "90.5", "--mode", "0640", "--zero");
    put("r", 10, "--policy", "reference-counted", "--grace", "600", "--no-checksum");
    var automatic = inspect("a");
    assertThat(automatic.get("policy").asString()).isEqualTo("automatic");
    assertThat(automatic.get("policySeconds").asDouble()).isEqualTo(90.5);
    assertThat(automatic.get("mode").asString()).isEqualTo("0640");
    assertThat(automatic.get("zeroOnReclaim").asBoolean()).isTrue();
    var counted = inspect("r");
    assertThat(counted.get("policy").asString()).isEqualTo("reference-counted");
    assertThat(counted.get("policySeconds").asDouble()).isEqualTo(600);
    assertThat(counted.get("checksum").isNull()).isTrue();
    assertThat(done("inspect", "a").out()).contains("until unused for 1m 30s");
    assertThat(done("inspect", "r").out()).contains("until unheld for 10m", "not taken");
  }

  @Test
  void put_map_fileItselfStandsBehindTheRegion() throws IOException {
    Path file = file("table", 5000);
    done("put", file.toString(), "--map");
    var region = inspect("table");
    assertThat(region.get("backing").asString()).isEqualTo("file");
    assertThat(region.get("osName").asString()).isEqualTo(file.toRealPath().toString());
    done("rm", "table");
    assertThat(file).exists();
  }

  @Test
  void put_json_describesTheRegion() {
    var printed = done("put", file("model", 77).toString(), "--json").json();
    assertThat(printed.get("region").get("sizeBytes").asLong()).isEqualTo(77);
  }

  @Test
  void put_whatCannotBePut_saysWhy() {
    assertThat(refused(1, "put", "/no/such/file")).contains("no such file: file=/no/such/file");
    assertThat(refused(1, "put", files.toString())).contains("only a regular file");
    assertThat(refused(2, "put", "-")).contains("size must be known");
    assertThat(refused(2, "put", file("empty", 0).toString())).contains("at least one byte");
    assertThat(refused(2, "put", file("r12345", 1).toString())).contains("reads as a region id");
    assertThat(spaceRoot().spaces()).isEmpty();
  }

  @Test
  void put_nameTaken_refused() {
    put("model", 10);
    assertThat(refused(1, "put", file("model", 10).toString())).contains("model");
    assertThat(done("ls", "--json").json().get("regions")).hasSize(1);
  }

  @Test
  void put_overALimit_refusedAndSaysHowToRaiseIt() {
    put("small", 10);
    done("limits", "--region-bytes", "4K");
    assertThat(refused(1, "put", file("large", 5000).toString()))
        .contains("allowed=4096", "asked=5000", "limits --region-bytes");
  }

  @Test
  void put_limitsForANewSpace_areInForce() {
    put("model", 10, "--region-bytes", "2G", "--regions", "10");
    assertThat(done("limits").out()).contains("2.0 GiB").containsPattern("regions: +10\n");
    assertThat(refused(1, "put", file("b", 1).toString(), "--regions", "20"))
        .contains("other limits");
  }

  @Test
  void put_optionsThatDoNotFit_areWrongUsage() {
    String file = file("f", 1).toString();
    assertThat(refused(2, "put", file, "--grace", "5")).contains("--grace is for");
    assertThat(refused(2, "put", file, "--timeout", "5")).contains("--timeout is for");
    assertThat(refused(2, "put", file, "--policy", "reference-counted")).contains("--grace S");
    assertThat(refused(2, "put", file, "--policy", "never")).contains("no such policy");
    assertThat(refused(2, "put", file, "--mode", "9")).contains("octal");
    assertThat(refused(2, "put", file, "--timeout", "soon")).contains("number of seconds");
    assertThat(refused(2, "put")).contains("FILE");
  }

  @Test
  void put_interrupted_leavesNoRegion() throws IOException {
    put("other", 1);
    Path file = file("model", 1000);
    Thread.currentThread().interrupt();
    Run run = run("put", file.toString());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("interrupted");
    assertThat(done("ls", "--json").json().get("regions")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {RegionRow.CREATING, RegionRow.LIVE})
  void put_toldToEnd_regionIsThereIfItsIdWasPrinted(int seen) throws Exception {
    put("other", 1);
    Process put = startLargePut(seen);
    put.toHandle().destroy(); // SIGTERM; unlike that of Process it leaves the output open
    String printed = new String(put.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    put.waitFor();
    assertThat(done("ls", "--json").json().get("regions")).hasSize(printed.isEmpty() ? 1 : 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {RegionRow.CREATING, RegionRow.LIVE})
  void put_killed_regionIsWholeOrGone(int seen) throws Exception {
    put("other", 1);
    Process put = startLargePut(seen);
    put.destroyForcibly().waitFor();
    done("gc");
    try (Space space = Space.open(SpaceSpec.named("default").under(root))) {
      assertThat(space.regions()).allMatch(region -> region.state() == RegionInfo.State.LIVE);
      if (space.find("large").isPresent()) {
        try (Region large = space.region("large")) {
          assertThat(large.segment().get(JAVA_BYTE, LARGE_BYTES - 1)).isEqualTo((byte) 1);
        }
      }
    }
  }

  /** A put of half a GiB, in a process of its own, that has come as far as this state. */
  private Process startLargePut(int state) throws IOException {
    Path file = files.resolve("large");
    try (FileChannel large = FileChannel.open(file, CREATE_NEW, WRITE)) {
      large.write(ByteBuffer.wrap(new byte[] {1}), LARGE_BYTES - 1);
    }
    Process put = start("put", file.toString());
    while (put.isAlive() && !hasCome("large", state)) {
      Thread.onSpinWait();
    }
    return put;
  }

  private boolean hasCome(String name, int state) {
    return ControlSnapshot.take(platform(), spaceRoot(), "default").stream()
        .flatMap(snapshot -> snapshot.regions().stream())
        .anyMatch(region -> region.name().equals(name) && region.stateCode() == state);
  }

  @Test
  void get_fileExists_onlyWithForce() throws IOException {
    put("model", 50);
    Path there = file("there", 3);
    assertThat(refused(1, "get", "model", "-o", there.toString())).contains("--force");
    assertThat(there).hasBinaryContent(content(3));
    assertThat(done("get", "model", "-o", there.toString(), "--force", "--json").json())
        .hasToString(
            "{\"id\":\"%s\",\"file\":\"%s\",\"sizeBytes\":50}"
                .formatted(inspect("model").get("id").asString(), there));
    assertThat(there).hasBinaryContent(content(50));
  }

  @Test
  void get_whereNothingCanBeWritten_saysWhy() {
    put("model", 50);
    assertThat(refused(1, "get", "model", "-o", files + "/no/file")).contains("no such directory");
    assertThat(refused(1, "get", "model", "-o", files.toString(), "--force"))
        .contains("a directory");
    assertThat(refused(1, "get", "missing", "-o", "-")).contains("no such region");
    assertThat(refused(2, "get", "model")).contains("--output");
  }

  @Test
  void get_interrupted_writesNoFile() throws IOException {
    put("model", 50);
    Path copy = files.resolve("copy");
    Thread.currentThread().interrupt();
    Run run = run("get", "model", "-o", copy.toString());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("interrupted");
    try (var left = Files.list(files)) {
      assertThat(left).containsExactly(files.resolve("model"));
    }
  }

  @Test
  void get_outputIsClosed_fails() {
    put("model", 50);
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("closed");
          }
        };
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Holdfast.run(
            Console.of(closed, err, Map.of()),
            "--root",
            root.toString(),
            "get",
            "model",
            "-o",
            "-");
    assertThat(exitCode).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("was closed");
  }

  private String refused(int exitCode, String... arguments) {
    Run run = run(arguments);
    assertThat(run.exitCode()).describedAs(run.err()).isEqualTo(exitCode);
    assertThat(run.out()).isEmpty();
    return run.err();
  }
}
