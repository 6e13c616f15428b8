package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Processes that do random things ({@link StormProcess}) and are killed with SIGKILL at random
 * moments, each followed by another one. A child that ends by itself, or says that it found a
 * violation, fails the test.
 */
final class Storm {
  private static final int CHILDREN = 4;
  private static final int KILLS_REPORTED = 100;

  private final long seed = Long.getLong("holdfast.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<Function<String[], ChildProcess>> kinds;
  private int kills;

  /**
   * @param kinds start a process with those arguments; children are of each in turn
   */
  Storm(List<Function<String[], ChildProcess>> kinds) {
    this.kinds = kinds;
    System.out.println("storm: seed=" + seed);
  }

  /** Of JVMs that run a class's {@code main}, and of Python processes that run its twin. */
  static Storm of(Class<?> twin, String script) {
    String path =
        Path.of(System.getProperty("holdfast.root"), "stress/src/test/python", script).toString();
    return new Storm(
        List.of(
            arguments -> ChildProcess.java(List.of("-XX:+UseSerialGC", "-Xmx64m"), twin, arguments),
            arguments -> ChildProcess.python(path, arguments)));
  }

  /** To be said with whatever fails. */
  String seed() {
    return "seed " + seed;
  }

  /**
   * Starts the children, kills some, and in the end all.
   *
   * @param root of the space
   * @param space its name
   * @param deaths how many are killed
   * @param pauseMax at most so long before each
   * @param afterDeath done after each, before the next child is started
   */
  void rage(Path root, String space, int deaths, Duration pauseMax, Runnable afterDeath) {
    List<ChildProcess> children = new ArrayList<>();
    try {
      for (int i = 0; i < CHILDREN; i++) {
        children.add(start(i, root, space));
      }
      children.forEach(this::awaitReady);
      for (int death = 0; death < deaths; death++) {
        LockSupport.parkNanos(pause(pauseMax));
        int victim = random.nextInt(CHILDREN);
        kill(children.get(victim));
        afterDeath.run();
        children.set(victim, start(victim, root, space));
        if (random.nextInt(3) > 0) {
          awaitReady(children.get(victim)); // else it may be killed while it joins
        }
      }
    } finally {
      children.forEach(ChildProcess::kill);
    }
    children.forEach(this::requireNothingSaid);
    children.forEach(ChildProcess::close);
  }

  private long pause(Duration most) {
    return Duration.ofMillis(1 + random.nextLong(most.toMillis())).toNanos();
  }

  private ChildProcess start(int index, Path root, String space) {
    String childSeed = Long.toString(random.nextLong() >>> 1);
    return kinds.get(index % kinds.size()).apply(new String[] {root.toString(), space, childSeed});
  }

  private void awaitReady(ChildProcess child) {
    assertThat(child.line()).as(seed()).isEqualTo("READY");
  }

  /** SIGKILL; a child that ended by itself before has found something wrong. */
  private void kill(ChildProcess child) {
    boolean alive = child.alive();
    child.kill();
    assertThat(alive)
        .as(() ->
            "a child ended by itself: %s, exit %d, %s, %s"
                .formatted(seed(), child.waitFor(), child.rest(), child.errors()))
        .isTrue();
    requireNothingSaid(child);
    child.close();
    kills++;
    if (kills % KILLS_REPORTED == 0) {
      System.out.println("storm: " + kills + " killed");
    }
  }

  private void requireNothingSaid(ChildProcess child) {
    assertThat(child.rest())
        .as(() -> seed() + ", " + child.errors())
        .noneMatch(line -> line.contains("VIOLATION"));
  }
}
