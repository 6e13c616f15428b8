package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.Region;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class RegionCommandsTest extends CommandTest {

  @Test
  void ls_noSuchSpace_isEmptyWithAHint() {
    Run run = done("ls", "--json");
    assertThat(run.json()).hasToString("{\"space\":\"default\",\"regions\":[]}");
    assertThat(run.err()).contains("no such space", "default");
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void ls_json_hasExactlyTheAgreedFields() {
    String id = put("model", 4096);
    try (Space space = space();
        Region _ = space.region("model")) {
      JsonNode listing = done("ls", "--json").json();
      assertThat(listing.propertyNames()).containsExactly("space", "regions");
      JsonNode region = listing.get("regions").get(0);
      assertThat(region.propertyNames())
          .containsExactly(
              "id",
              "name",
              "osName",
              "sizeBytes",
              "state",
              "policy",
              "holders",
              "createdAt",
              "owner");
      assertThat(region.get("id").asString()).isEqualTo(id);
      assertThat(region.get("osName").asString()).endsWith("-" + id);
      assertThat(region.get("sizeBytes").isNumber()).isTrue();
      assertThat(region.get("owner").asLong()).isEqualTo(ProcessHandle.current().pid());
      assertThat(region.get("holders"))
          .hasToString("[{\"participant\":0,\"pid\":%d}]".formatted(ProcessHandle.current().pid()));
    }
  }

  @Test
  void ls_filters_keepWhatFits() {
    put("frame-1", 10);
    put("frame-2", 2000, "--policy", "automatic");
    put("other", 3000);
    assertThat(names("--name", "frame-*")).containsExactly("frame-1", "frame-2");
    assertThat(names("--policy", "manual")).containsExactly("frame-1", "other");
    assertThat(names("--larger", "1K", "--name", "f*")).containsExactly("frame-2");
    assertThat(names("--owner", Long.toString(ProcessHandle.current().pid()))).hasSize(3);
    assertThat(names("--owner", "1")).isEmpty();
    assertThat(names("--state", "live")).hasSize(3);
    assertThat(names("--state", "RETIRED")).isEmpty();
  }

  @Test
  void ls_nameWithSlash_matchesLikeOtherLetters() {
    done("put", file("f", 1).toString(), "--name", "a/b/c");
    assertThat(names("--name", "a*c")).containsExactly("a/b/c");
    assertThat(names("--name", "a/?/c")).containsExactly("a/b/c");
  }

  @Test
  void ls_text_isAlignedAndReadable() {
    put("model", 3 * 1024 * 1024);
    put("a", 5);
    assertThat(done("ls").lines())
        .hasSize(3)
        .first()
        .asString()
        .startsWith("ID      NAME      SIZE  STATE  POLICY");
    assertThat(done("ls").out()).contains("3.0 MiB", "     5 B", "manual");
  }

  @Test
  void inspect_text_saysEverything() {
    put("model", 5000);
    try (Space space = space();
        Region _ = space.writableRegion("model")) {
      assertThat(done("inspect", "model").out())
          .contains("4.9 KiB (5000 bytes)", "participant 0", "tester", "0600", "CRC-32C", "gone");
    }
    assertThat(done("inspect", "model").out()).contains("holders:", "none");
  }

  @Test
  void inspect_missing_saysSo() {
    assertThat(run("inspect", "model").exitCode()).isEqualTo(1);
    put("model", 1);
    Run run = run("inspect", "other", "--json");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.error().get("kind").asString()).isEqualTo("RegionNotFound");
    assertThat(run.error().get("message").asString()).contains("region=other");
  }

  @Test
  void rm_unheld_isRemoved() {
    String id = put("model", 10);
    assertThat(done("rm", "model").lines()).containsExactly("removed " + id + " model");
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void rm_held_goesWithItsHolders() {
    String id = put("model", 10);
    try (Space space = space();
        Region _ = space.region("model")) {
      assertThat(done("rm", id).lines())
          .containsExactly("retired " + id + " model: goes when its 1 holder releases it");
      assertThat(names("--state", "retired")).containsExactly("model");
      assertThat(done("rm", "--force", id, "--json").json().get("regions").get(0))
          .hasToString(
              "{\"id\":\"%s\",\"name\":\"model\",\"outcome\":\"retired\",\"holders\":1}"
                  .formatted(id));
      assertThat(names("--state", "forced")).containsExactly("model");
      assertThat(platform().listShared("/hf-" + spaceRoot().hash("default") + "-r")).isEmpty();
    }
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void rm_all_removesAll() {
    put("a", 10);
    put("b", 10);
    assertThat(done("rm", "--all").lines()).hasSize(2);
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void rm_oneMissing_othersGoAndItFails() {
    put("a", 10);
    put("b", 10);
    Run run = run("rm", "a", "nothing", "b");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.lines()).hasSize(2);
    assertThat(run.err()).contains("region=nothing");
  }

  @Test
  void rm_noneOrBoth_isWrongUsage() {
    assertThat(run("rm").exitCode()).isEqualTo(2);
    assertThat(run("rm", "a", "--all").exitCode()).isEqualTo(2);
  }

  @Test
  void hold_command_seesTheRegionAndItsExitCodeIsPassedOn() throws IOException {
    String id = put("model", 123);
    Path seen = files.resolve("seen");
    String script =
        "cmp -s /dev/shm$HOLDFAST_REGION_OSNAME %s/model || exit 9; echo $HOLDFAST_REGION_ID $HOLDFAST_REGION_SIZE > %s; exit 7"
            .formatted(files, seen);
    Run run = run("hold", "model", "--writable", "--", "sh", "-c", script);
    assertThat(run.exitCode()).isEqualTo(7);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("holding " + id);
    assertThat(Files.readString(seen)).isEqualTo(id + " 123\n");
    assertThat(inspect("model").get("holders")).isEmpty();
    assertThat(inspect("model").get("writableOpens").asLong()).isEqualTo(2);
  }

  @Test
  void hold_commandMissing_fails() {
    put("model", 1);
    Run run = run("hold", "model", "--", "/no/such/command");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("cannot be started", "/no/such/command");
  }

  @Test
  void hold_interrupted_givesTheHoldBack() {
    String id = put("model", 1);
    Thread.currentThread().interrupt();
    Run run = run("hold", "model");
    assertThat(run.exitCode()).isZero();
    assertThat(run.lines()).containsExactly("holding " + id);
    assertThat(inspect("model").get("holders")).isEmpty();
  }

  @Test
  void hold_interruptedWhileTheCommandRuns_endsIt() {
    put("model", 1);
    Thread.currentThread().interrupt();
    assertThat(run("hold", "model", "--", "sleep", "600").exitCode()).isEqualTo(143);
  }

  private Space space() {
    return Space.open(SpaceSpec.named("default").under(root).label("tester"));
  }

  private List<String> names(String... options) {
    String[] all = new String[options.length + 2];
    all[0] = "ls";
    all[1] = "--json";
    System.arraycopy(options, 0, all, 2, options.length);
    return done(all)
        .json()
        .get("regions")
        .valueStream()
        .map(region -> region.get("name").asString())
        .toList();
  }
}
