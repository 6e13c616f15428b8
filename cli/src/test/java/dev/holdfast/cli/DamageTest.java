package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DamageTest extends CommandTest {
  private static final int REGIONS_IN_USE = 16;
  private static final int ENTRY_BYTES = 1024;

  @Test
  void verify_soundSpace_saysSo() {
    put("model", 100);
    assertThat(done("verify").out()).startsWith("sound: 1 region looked at");
    assertThat(done("verify", "--json").json())
        .hasToString(
            "{\"space\":\"default\",\"sound\":true,\"findings\":[],\"regionsChecked\":1,\"bytesChecked\":0}");
  }

  @Test
  void verify_wrongSums_exitsWith3AndRepairMends() {
    put("model", 100);
    damage(section(ControlLayout.CATALOG_SECTION) + REGIONS_IN_USE);
    Run damaged = run("verify");
    assertThat(damaged.exitCode()).isEqualTo(3);
    assertThat(damaged.out()).contains("damaged sums", "1 damaged place", "repair");
    assertThat(done("repair").out()).contains("mended sums", "sound: 1 place mended");
    assertThat(done("verify").out()).startsWith("sound");
    assertThat(done("repair").out()).contains("nothing to mend");
    assertThat(done("events").out()).contains("repaired", "1 place");
  }

  @Test
  void verify_damagedEntry_exitsWith3AndRepairMends() {
    String id = put("model", 100);
    damage(section(ControlLayout.REGION_SECTION));
    Run damaged = run("verify", "--json");
    assertThat(damaged.exitCode()).isEqualTo(3);
    assertThat(damaged.json().get("findings"))
        .anyMatch(finding -> finding.get("damage").asString().equals("entry"));
    var repaired = done("repair", "--json").json();
    assertThat(repaired.get("sound").asBoolean()).isTrue();
    assertThat(repaired.get("repaired").get(0).get("repaired").asBoolean()).isTrue();
    assertThat(done("get", id, "-o", "-").bytes()).startsWith(content(100));
  }

  @Test
  void ls_twoDamagedEntries_listsTheSoundOnesAndNamesEachDamagedOne() {
    for (String name : new String[] {"first", "second", "third", "fourth"}) {
      put(name, 100);
    }
    long entries = section(ControlLayout.REGION_SECTION);
    damage(entries);
    damage(entries + 2 * ENTRY_BYTES);
    Run run = run("ls");
    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(run.out()).contains("second", "fourth").doesNotContain("first", "third");
    assertThat(run.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("holdfast: region entry is damaged: slot=0,"),
            line -> assertThat(line).contains("slot=2,", "run: holdfast -s default verify"));
    Run json = run("ls", "--json");
    assertThat(json.exitCode()).isEqualTo(3);
    assertThat(json.json().get("regions")).hasSize(2);
    assertThat(json.err().lines()).allMatch(line -> line.contains("\"kind\":\"Corrupted\""));
  }

  @Test
  void verify_contentsChanged_exitsWith3() throws IOException {
    put("model", 100);
    Path object = Path.of("/dev/shm" + inspect("model").get("osName").asString());
    try (RandomAccessFile file = new RandomAccessFile(object.toFile(), "rw")) {
      file.write(99);
    }
    assertThat(done("verify").exitCode()).isZero();
    Run run = run("verify", "--contents");
    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(run.out()).contains("damaged content", "model", "100 B compared");
  }

  @Test
  void anyCommand_damagedHeader_exitsWith3AndNamesRepair() {
    put("model", 100);
    damage(ControlLayout.NAME);
    for (String command : new String[] {"verify", "ls", "usage"}) {
      Run run = run(command, "--json");
      assertThat(run.exitCode()).describedAs(command).isEqualTo(3);
      assertThat(run.error().get("kind").asString()).isEqualTo("Corrupted");
      assertThat(run.error().get("message").asString()).contains("repair");
    }
  }

  @Test
  void repair_damagedHeader_mendsItFromTheDescriptor() {
    put("model", 100);
    damage(ControlLayout.NAME);
    Run run = run("repair");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("header");
    assertThat(done("verify").exitCode()).isZero();
    assertThat(done("ls").out()).contains("model");
  }

  @Test
  void dump_damagedHeader_printsWhatCanBeRead() {
    put("model", 100);
    damage(0);
    Run run = run("dump");
    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(run.out()).contains("header of default", "magic", "participants");
    assertThat(run.err()).contains("the magic is wrong");
    assertThat(run("dump", "--json").json().get("damage").asString()).contains("magic");
  }

  @Test
  void dump_soundSpace_printsTheTables() {
    String id = put("model", 100);
    done("put", file("mapped", 10).toString(), "--map");
    assertThat(done("dump").out())
        .contains("header of default", "layoutMajor", "limitSpaceBytes", id + " live model")
        .contains("slot 0: no holds", files.toString());
    var dump = done("dump", "--json").json();
    assertThat(dump.get("damage").isNull()).isTrue();
    assertThat(dump.get("ready").asBoolean()).isTrue();
    assertThat(dump.get("sections")).hasSize(7);
    assertThat(dump.get("catalog").get("regionsInUse").asInt()).isEqualTo(2);
    assertThat(dump.get("regions").get(0).get("fields").get("bytes").asLong()).isEqualTo(100);
  }
}
