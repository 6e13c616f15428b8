package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.Region;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.sync.Hold;
import dev.holdfast.sync.Locks;
import dev.holdfast.sync.PlacedLocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(value = 300, unit = TimeUnit.SECONDS)
class LockCommandsTest extends CommandTest {
  private Space space() {
    return Space.open(SpaceSpec.named("default").under(root));
  }

  @Test
  void lock_free_runsTheCommandAndPassesItsExitCodeOn() {
    Path file = files.resolve("ran");

    assertThat(
            run(
                    "lock",
                    "nightly",
                    "--",
                    "sh",
                    "-c",
                    "echo $HOLDFAST_LOCKS_HELD >" + file + "; exit 9")
                .exitCode())
        .isEqualTo(9);
    assertThat(file).exists();
  }

  @Test
  void lock_ownedElsewhere_timesOutWith75() {
    try (Space space = space();
        Hold _ = Locks.of(space).readWriteLock("nightly").write()) {
      Run late = run("lock", "nightly", "--timeout", "0.05", "--", "true");

      assertThat(late.exitCode()).isEqualTo(75);
      assertThat(late.err()).contains("name=nightly").contains("holdfast locks");
      assertThat(run("lock", "nightly", "--timeout", "0", "--", "true", "--json").err())
          .as("the option is the command's")
          .startsWith("holdfast: ");
      assertThat(run("--json", "lock", "nightly", "--timeout", "0", "--", "true").err())
          .contains("\"kind\":\"LockTimeout\"");
      assertThat(run("lock", "nightly", "--shared", "--timeout", "0", "--", "true").exitCode())
          .isEqualTo(75);
    }
    done("lock", "nightly", "--timeout", "0", "--", "true");
  }

  @Test
  void lock_shared_goesBesideReaders() {
    try (Space space = space();
        var _ = Locks.of(space).readWriteLock("catalog").read()) {
      done("lock", "catalog", "--shared", "--timeout", "0", "--", "true");
      done("lock", "catalog", "--update", "--timeout", "0", "--", "true");
      assertThat(run("lock", "catalog", "--timeout", "0", "--", "true").exitCode()).isEqualTo(75);
    }
  }

  @Test
  void lock_aMutexOfAProgram_isTaken() {
    try (Space space = space()) {
      Locks.of(space).mutex("index");

      done("lock", "index", "--timeout", "0", "--priority", "high", "--", "true");
      assertThat(run("lock", "index", "--shared", "--", "true").exitCode()).isEqualTo(2);
    }
  }

  @Test
  void lock_ownerDied_failsOrRunsAndIsRepairedByExitZero() throws Exception {
    try (Space space = space()) {
      Thread.ofPlatform().start(() -> Locks.of(space).readWriteLock("data").write()).join();
      Path file = files.resolve("told");

      assertThat(run("lock", "data", "--on-owner-died=fail", "--", "true").exitCode())
          .isEqualTo(77);
      assertThat(run("lock", "data", "--", "false").exitCode()).isEqualTo(1);
      done("lock", "data", "--", "sh", "-c", "echo died=$HOLDFAST_OWNER_DIED >" + file);
      assertThat(file).hasContent("died=1\n");
      done("lock", "data", "--on-owner-died=fail", "--", "true");
    }
  }

  @Test
  void sem_permitsTaken_timesOutWith75() {
    try (Space space = space();
        var _ = Locks.of(space).semaphore("downloads", 2).hold(2)) {
      assertThat(
              run("sem", "downloads", "--permits", "2", "--timeout", "0.05", "--", "true")
                  .exitCode())
          .isEqualTo(75);
      assertThat(run("sem", "downloads", "--permits", "3", "--", "true").exitCode()).isEqualTo(1);
    }
    assertThat(
            run("sem", "downloads", "--permits", "2", "--take", "2", "--", "sh", "-c", "exit 4")
                .exitCode())
        .isEqualTo(4);
  }

  @Test
  void locks_ownedAndWaitedFor_areShownAndDrawn() {
    try (Space space = space()) {
      Locks locks = Locks.of(space);
      locks.semaphore("downloads", 4);
      try (Hold _ = locks.mutex("index").hold()) {
        assertThat(done("locks").out()).contains("index").contains("mutex").contains("owned");
        assertThat(done("locks", "--graph").out()).contains("owns index (exclusive)");
        assertThat(done("locks", "--graph=dot").out())
            .startsWith("digraph locks {")
            .contains("\"index\" -> c");
        assertThat(done("locks", "--graph=svg").out())
            .startsWith("<svg")
            .contains("owns, exclusive");
        JsonNode json = done("locks", "--json").json();
        assertThat(json.get("locks").get(1).get("name").asString()).isEqualTo("index");
        assertThat(json.get("users").get(0).get("owns").get(0).asString())
            .isEqualTo("index (exclusive)");
      }
      assertThat(done("deadlocks").out()).isEqualTo("no deadlock\n");
    }
  }

  @Test
  void locks_placedInARegion_areRowsWhileTheyAreInUse() {
    try (Space space = space();
        Region region = space.create(RegionSpec.named("accounts").bytes(4096));
        PlacedLocks placed = Locks.of(space).placed("accounts")) {
      try (Hold _ = placed.placeMutex(1024).hold();
          var _ = placed.placeSemaphore(256, 3).hold(2)) {
        assertThat(done("locks").out().lines().skip(1))
            .satisfiesExactly(
                row -> assertThat(row).matches("accounts\\[256] +semaphore +owned +\\d+/.*"),
                row -> assertThat(row).matches("accounts\\[1024] +mutex +owned +\\d+/.*"));
        JsonNode json = done("locks", "--json").json().get("placed").get(1);
        assertThat(json.get("name").asString()).isEqualTo("accounts[1024]");
        assertThat(json.get("region").asString()).isEqualTo(region.id().toString());
        assertThat(json.get("offset").asLong()).isEqualTo(1024);
        assertThat(json.get("kind").asString()).isEqualTo("mutex");
        assertThat(json.get("owners")).hasSize(1);
        assertThat(json.get("waiters")).isEmpty();
        assertThat(json.get("heldForMillis").isNull()).isTrue();
      }
      assertThat(done("locks").out().lines()).hasSize(1);
      assertThat(done("locks", "--json").json().get("placed")).isEmpty();
    }
  }

  @Test
  void locks_notRecoverable_isReset() throws Exception {
    try (Space space = space()) {
      Locks locks = Locks.of(space);
      Thread.ofPlatform().start(() -> locks.mutex("index").lock()).join();
      locks.mutex("index").hold().close();

      assertThat(done("locks").out()).contains("not-recoverable");
      assertThat(run("lock", "index", "--", "true").err()).contains("locks --reset index");
      done("locks", "--reset", "index");

      done("lock", "index", "--", "true");
      assertThat(run("locks", "--reset", "nothing").exitCode()).isEqualTo(2);
    }
  }

  @Test
  void lock_twoScriptsCrosswise_oneGivesUpWith76() throws Exception {
    Path a = files.resolve("a");
    Path b = files.resolve("b");
    try (Space _ = space()) {
      Process first = start("lock", "a", "--", "sh", "-c", crossing(a, b, "b"));
      Process second = start("lock", "b", "--", "sh", "-c", crossing(b, a, "a"));

      assertThat(List.of(first.waitFor(), second.waitFor())).containsExactlyInAnyOrder(0, 76);
    }
  }

  /** Says that it is there, waits for the other one, then wants the other one's lock. */
  private String crossing(Path mine, Path other, String lock) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return "touch %s; while [ ! -e %s ]; do sleep 0.05; done; exec %s --enable-native-access=ALL-UNNAMED -XX:TieredStopAtLevel=1 -cp '%s' dev.holdfast.cli.Holdfast --root %s lock %s -- true"
        .formatted(mine, other, java, System.getProperty("java.class.path"), root, lock);
  }

  @Test
  void lock_insideItself_runsAtOnce() throws IOException, InterruptedException {
    Path file = files.resolve("inner");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process outer =
        start(
            "lock",
            "a",
            "--",
            java,
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.holdfast.cli.Holdfast",
            "--root",
            root.toString(),
            "lock",
            "a",
            "--",
            "touch",
            file.toString());

    assertThat(outer.waitFor()).isZero();
    assertThat(Files.exists(file)).isTrue();
  }
}
