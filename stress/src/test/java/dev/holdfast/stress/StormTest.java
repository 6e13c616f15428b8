package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Platform;
import dev.holdfast.region.ParticipantInfo;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real processes in two languages do random things to the same regions and are killed with SIGKILL
 * at random moments. After each death nothing of the dead is left; every few deaths all of them are
 * killed at once and the space must be sound and empty.
 */
class StormTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");
  private static final int ROUNDS = LONG ? 1000 : 60;
  private static final int ROUNDS_PER_EPISODE = 20;
  private static final int CHILDREN = 4;

  private final long seed = Long.getLong("holdfast.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @TempDir Path root;

  @Test
  @Timeout(value = 45, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void kill_atRandomMomentsInTwoLanguages_leavesNothing() throws Exception {
    System.out.println("storm: seed=" + seed + ", rounds=" + ROUNDS);
    String name = "storm-" + ProcessHandle.current().pid();
    String ours;
    try (Space space = Space.open(SpaceSpec.named(name).under(root))) {
      ours = objectsOf(space);
      for (int round = 0; round < ROUNDS; round += ROUNDS_PER_EPISODE) {
        episode(space, name);
        System.out.println("storm: " + (round + ROUNDS_PER_EPISODE) + " of " + ROUNDS);
      }
    }
    assertThat(Platform.current().listShared(ours)).isEmpty();
  }

  /** What the names of all objects of the space start with. */
  private static String objectsOf(Space space) {
    try (Region probe = space.create(RegionSpec.named("probe").bytes(1))) {
      space.remove("probe");
      return probe.info().osName().replaceFirst("-r[0-9a-f]+$", "-");
    }
  }

  private void episode(Space space, String name) throws Exception {
    List<Process> children = new ArrayList<>();
    try {
      for (int i = 0; i < CHILDREN; i++) {
        children.add(start(name, i));
      }
      for (Process child : children) {
        awaitReady(child);
      }
      for (int round = 0; round < ROUNDS_PER_EPISODE; round++) {
        LockSupport.parkNanos(Duration.ofMillis(1 + random.nextInt(40)).toNanos());
        int victim = random.nextInt(CHILDREN);
        kill(children.get(victim));
        space.sweep();
        assertNobodyDead(space);
        children.set(victim, start(name, victim));
        if (random.nextInt(3) > 0) {
          awaitReady(children.get(victim)); // else it may be killed while it joins
        }
      }
    } finally {
      for (Process child : children) {
        child.toHandle().destroyForcibly();
        child.waitFor();
      }
    }
    for (Process child : children) {
      assertNothingSaid(child);
    }
    assertSoundAndEmpty(space);
  }

  private void assertNobodyDead(Space space) {
    assertThat(space.participants()).as("seed %d", seed).allMatch(ParticipantInfo::alive);
  }

  private void assertSoundAndEmpty(Space space) {
    space.sweep();
    assertThat(space.participants()).as("seed %d", seed).hasSize(1);
    assertThat(space.verify(true).findings()).as("seed %d", seed).isEmpty();
    for (RegionInfo region : space.regions()) {
      assertThat(region.holders()).as("seed %d, %s", seed, region).isEmpty();
      assertThat(region.state()).isEqualTo(RegionInfo.State.LIVE);
      space.remove(region.id().toString());
    }
    assertThat(space.regions()).isEmpty();
    assertThat(space.findLeftovers()).as("seed %d", seed).isEmpty();
    assertThat(space.usage().regions()).isZero();
    assertThat(space.usage().bytes()).isZero();
  }

  private Process start(String name, int index) throws IOException {
    List<String> command = new ArrayList<>();
    String childSeed = Long.toString(random.nextLong() >>> 1);
    if (index % 2 == 0) {
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "--enable-native-access=ALL-UNNAMED",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-Xmx64m",
              "-cp",
              System.getProperty("java.class.path"),
              StormChild.class.getName()));
    } else {
      command.addAll(
          List.of(
              "python3",
              projectRoot().resolve("stress/src/test/python/storm_child.py").toString()));
    }
    command.addAll(List.of(root.toString(), name, childSeed));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("PYTHONPATH", projectRoot().resolve("python").toString());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return builder.start();
  }

  private static Path projectRoot() {
    return Path.of(System.getProperty("holdfast.root"));
  }

  private void awaitReady(Process child) throws IOException {
    BufferedReader out = child.inputReader(StandardCharsets.UTF_8);
    assertThat(out.readLine()).as("seed %d", seed).isEqualTo("READY");
  }

  /** SIGKILL; a child that ended by itself before has found something wrong. */
  private void kill(Process child) throws Exception {
    boolean alive = child.isAlive();
    child.toHandle().destroyForcibly(); // Process.destroyForcibly would close its output as well
    child.waitFor();
    assertThat(alive)
        .as("a child ended by itself: seed %d, exit %d", seed, child.exitValue())
        .isTrue();
    assertNothingSaid(child);
  }

  private void assertNothingSaid(Process child) {
    String said = String.join("\n", child.inputReader(StandardCharsets.UTF_8).lines().toList());
    assertThat(said).as("seed %d", seed).doesNotContain("VIOLATION");
  }
}
