package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.region.Leftover;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class GcCommandTest extends CommandTest {

  @Test
  void gc_nothingLeft_saysSo() {
    put("model", 1);
    assertThat(ours(done("gc", "--json"))).isEmpty();
    assertThat(done("gc", "--dry-run").exitCode()).isZero();
  }

  @Test
  void gc_noSuchSpace_hintsAndSucceeds() {
    assertThat(done("gc").err()).contains("no such space");
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void gc_deadHolder_isToldAndRecovered() throws IOException, InterruptedException {
    put("keep", 1);
    put("model", 5000);
    killAHolderOf("model");
    done("--space", "default", "dump");

    JsonNode dry = ours(done("gc", "--dry-run", "--json"));
    assertThat(dry).hasSize(1);
    assertThat(dry.get(0).get("kind").asString()).isEqualTo("dead-participant");
    assertThat(dry.get(0).get("action").asString()).isEqualTo("would do");
    assertThat(dry.get(0).get("why").asString()).contains("it holds 1 region");
    assertThat(ours(done("gc", "--dry-run", "--json"))).isEqualTo(dry);

    Run done = done("gc");
    assertThat(done.out()).contains("done", "dead-participant", "holdfast hold");
    assertThat(ours(done("gc", "--json"))).isEmpty();
    assertThat(inspect("model").get("holders")).isEmpty();
    assertThat(done("events").out()).contains("recovered", "(1 hold dropped)");
  }

  @Test
  void gc_regionRetiredUnderADeadHolder_isDue() throws IOException, InterruptedException {
    put("keep", 1);
    put("model", 5000);
    Process holder = holderOf("model");
    done("rm", "model");
    kill(holder);
    JsonNode dry = ours(done("gc", "--dry-run", "--json"));
    assertThat(dry.get(1).get("kind").asString()).isEqualTo("due-region");
    assertThat(dry.get(1).get("bytes").asLong()).isEqualTo(5000);
    assertThat(dry.get(1).get("why").asString()).contains("it was removed");
    done("gc");
    assertThat(done("ls", "--json").json().get("regions")).hasSize(1);
  }

  @Test
  void scan_regionWhoseTimeHasCome_isDue() {
    put("keep", 1);
    put("unused", 10, "--policy", "automatic", "--timeout", "3600");
    put("unheld", 20, "--policy", "reference-counted", "--grace", "1800");
    assertThat(dueIn(Duration.ZERO)).isEmpty();
    assertThat(dueIn(Duration.ofMinutes(31)))
        .singleElement()
        .satisfies(due -> {
          assertThat(due.what()).endsWith(" unheld");
          assertThat(due.bytes()).isEqualTo(20);
          assertThat(due.why()).contains("reference-counted");
        });
    assertThat(dueIn(Duration.ofMinutes(61)))
        .extracting(Leftover::why)
        .satisfiesExactly(
            unused -> assertThat(unused).contains("not used for its time-out"),
            unheld -> assertThat(unheld).contains("nobody alive holds it"));
  }

  /** What a sweep would find after that time. */
  private List<Leftover> dueIn(Duration ahead) {
    Platform later =
        (Platform)
            Proxy.newProxyInstance(
                Platform.class.getClassLoader(),
                new Class<?>[] {Platform.class},
                (_, method, arguments) -> {
                  Object result = method.invoke(platform(), arguments);
                  return method.getName().equals("monotonicNanos")
                      ? (Long) result + ahead.toNanos()
                      : result;
                });
    return LeftoverScan.of(
        later,
        spaceRoot(),
        "default",
        ControlSnapshot.take(platform(), spaceRoot(), "default").orElseThrow());
  }

  @Test
  void gc_orphanObjectOfTheSpace_isRemoved() {
    put("keep", 1);
    String orphan = "/hf-" + spaceRoot().hash("default") + "-r990005";
    make(orphan);
    assertThat(done("gc", "--dry-run").out()).contains("orphan-object", orphan);
    assertThat(platform().listShared(orphan)).hasSize(1);
    assertThat(done("gc").out()).contains("done", orphan);
    assertThat(platform().listShared(orphan)).isEmpty();
  }

  @Test
  void gc_otherSpaces_areReportedOnly() throws IOException, InterruptedException {
    put("model", 10);
    killAHolderOf("model");
    Run run = done("-s", "other", "gc");
    assertThat(run.out()).contains("reported", "dead-participant", "default");
    assertThat(ours(done("gc", "--dry-run", "--json"))).hasSize(1);
  }

  @Test
  void gc_spaceWhoseDirectoryIsGone_isRemovedOnlyWithOrphans() throws IOException {
    put("model", 10);
    String hash = spaceRoot().hash("default");
    loseDirectory();
    assertThat(done("-s", "other", "gc").out())
        .contains("orphans", hash, "directory of space default is gone", "--orphans removes");
    assertThat(platform().listShared("/hf-" + hash)).hasSize(2);
    assertThat(done("-s", "other", "gc", "--orphans", "--dry-run").out()).contains("would do");
    assertThat(platform().listShared("/hf-" + hash)).hasSize(2);
    assertThat(done("-s", "other", "gc", "--orphans").out()).contains("done");
    assertThat(platform().listShared("/hf-" + hash)).isEmpty();
  }

  @Test
  void gc_lostSpaceWithALivingProcess_isKept() throws IOException, InterruptedException {
    put("model", 10);
    String hash = spaceRoot().hash("default");
    Process holder = holderOf("model");
    loseDirectory();
    try {
      assertThat(done("-s", "other", "gc", "--orphans").out())
          .contains("reported", "a process of it may run");
      assertThat(platform().listShared("/hf-" + hash)).hasSize(2);
    } finally {
      kill(holder);
    }
  }

  @Test
  void gc_objectsWithoutControlSegment_areOrphans() {
    String object = "/hf-" + new SpaceRoot(files).hash("nowhere") + "-r10000";
    make(object);
    try {
      assertThat(done("gc").out()).contains("orphans", object, "no control segment");
      StrayObjects strays = new StrayObjects(platform(), spaceRoot());
      assertThat(strays.find())
          .anyMatch(group -> group.removable() && group.names().equals(List.of(object)));
    } finally {
      platform().unlinkShared(object);
    }
  }

  @Test
  void gc_spaceOfAnotherRoot_isNeverTouched() {
    put("model", 10);
    String hash = spaceRoot().hash("default");
    StrayObjects elsewhere = new StrayObjects(platform(), new SpaceRoot(files));
    assertThat(elsewhere.find())
        .filteredOn(group -> group.hash().equals(hash))
        .singleElement()
        .satisfies(group -> {
          assertThat(group.removable()).isFalse();
          assertThat(group.why()).contains("space default lies under another root");
        });
  }

  @Test
  void gc_damagedSpace_isSaidAndNotTouched() {
    put("model", 10);
    damage(0);
    assertThat(done("gc", "--dry-run").err()).contains("damaged", "verify");
    assertThat(run("gc").exitCode()).isEqualTo(3);
  }

  @Test
  void hold_toldToEnd_leavesAtOnce() throws IOException, InterruptedException {
    put("model", 10);
    Process holder = holderOf("model");
    holder.destroy(); // SIGTERM
    assertThat(holder.waitFor()).isEqualTo(143);
    assertThat(ours(done("gc", "--dry-run", "--json"))).isEmpty();
    assertThat(inspect("model").get("holders")).isEmpty();
  }

  /** Rows that speak of a space here: other tests and programs may have objects of their own. */
  private static JsonNode ours(Run run) {
    var rows = ((tools.jackson.databind.node.ArrayNode) run.json().get("leftovers"));
    rows.removeIf(row -> row.get("space").isNull());
    return rows;
  }

  private void make(String object) {
    platform().close(platform().openShared(object, Access.READ_WRITE, Creation.CREATE_NEW, 0600));
  }

  private void loseDirectory() throws IOException {
    Path space = root.resolve("default");
    Files.delete(space.resolve("live"));
    Files.delete(space.resolve("space.json"));
    Files.delete(space);
  }

  private void killAHolderOf(String region) throws IOException, InterruptedException {
    kill(holderOf(region));
  }

  private static void kill(Process process) throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Another process that holds the region. */
  private Process holderOf(String region) throws IOException {
    Process process = start("hold", region);
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    assertThat(out.readLine()).startsWith("holding r");
    return process;
  }
}
