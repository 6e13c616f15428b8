package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.sync.Hold;
import dev.holdfast.sync.LockInfo;
import dev.holdfast.sync.Locks;
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
 * Four processes in two languages fight for fifty locks and are killed with SIGKILL at random
 * moments. Nobody may be inside with anybody else, nobody may find half a change without having
 * been told, and in the end every lock can be had.
 */
class LockStormTest {
  private static final int KILLS = Boolean.getBoolean("holdfast.long") ? 2_000 : 30;
  private static final int CHILDREN = 4;

  private final long seed = Long.getLong("holdfast.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @TempDir Path root;

  @Test
  @Timeout(value = 60, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void kill_ownersAndWaitersInTwoLanguages_everyLockCanBeHad() throws Exception {
    System.out.println("lock storm: seed=" + seed + ", kills=" + KILLS);
    String name = "lockstorm-" + ProcessHandle.current().pid();
    String ours;
    try (Space space = Space.open(SpaceSpec.named(name).under(root));
        Region region =
            space.create(
                RegionSpec.named("data").bytes(LockStormChild.LOCKS * LockStormChild.CELL))) {
      ours = region.info().osName().replaceFirst("-r[0-9a-f]+$", "-");
      Locks locks = Locks.of(space);
      storm(name);
      space.sweep();
      assertThat(space.participants()).hasSize(1);
      assertEverythingFreeOrToldOf(locks, Platform.current().words(region.segment()));
    }
    assertThat(Platform.current().listShared(ours)).isEmpty();
  }

  private void storm(String name) throws Exception {
    List<Process> children = new ArrayList<>();
    try {
      for (int i = 0; i < CHILDREN; i++) {
        children.add(start(name, i));
      }
      for (Process child : children) {
        awaitReady(child);
      }
      for (int kill = 0; kill < KILLS; kill++) {
        LockSupport.parkNanos(Duration.ofMillis(1 + random.nextInt(60)).toNanos());
        int victim = random.nextInt(CHILDREN);
        kill(children.get(victim));
        children.set(victim, start(name, victim));
        if (random.nextInt(3) > 0) {
          awaitReady(children.get(victim)); // else it may be killed while it joins
        }
        if ((kill + 1) % 100 == 0) {
          System.out.println("lock storm: " + (kill + 1) + " of " + KILLS);
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
  }

  private void assertEverythingFreeOrToldOf(Locks locks, Words data) {
    assertThat(locks.list())
        .as("seed %d", seed)
        .allMatch(lock -> lock.owners().isEmpty() && lock.waiters().isEmpty())
        .allMatch(lock -> lock.state() != LockInfo.State.OWNED)
        .noneMatch(lock -> lock.state() == LockInfo.State.NOT_RECOVERABLE);
    for (LockInfo lock : locks.list()) {
      int number = Integer.parseInt(lock.name().substring("lock-".length()));
      switch (lock.kind()) {
        case MUTEX -> check(locks.mutex(lock.name()).hold(), data, number);
        case READ_WRITE_LOCK -> check(locks.readWriteLock(lock.name()).write(), data, number);
        default ->
            locks
                .semaphore(lock.name(), LockStormChild.PERMITS)
                .hold(LockStormChild.PERMITS)
                .close();
      }
    }
  }

  private void check(Hold held, Words data, int lock) {
    long at = lock * LockStormChild.CELL;
    try (held) {
      if (held.ownerDied()) {
        held.markConsistent();
      } else {
        assertThat(data.get(at)).as("seed %d, lock %d", seed, lock).isZero();
        assertThat(data.get(at + 8))
            .as("seed %d, lock %d", seed, lock)
            .isEqualTo(data.get(at + 16));
      }
    }
  }

  private Process start(String name, int index) throws IOException {
    List<String> command = new ArrayList<>();
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
              LockStormChild.class.getName()));
    } else {
      command.addAll(
          List.of(
              "python3",
              projectRoot().resolve("stress/src/test/python/lock_storm_child.py").toString()));
    }
    command.addAll(List.of(root.toString(), name, Long.toString(random.nextLong() >>> 1)));
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
    child.toHandle().destroyForcibly();
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
