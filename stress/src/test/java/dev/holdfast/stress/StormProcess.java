package dev.holdfast.stress;

import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.BiFunction;

/**
 * The {@code main} of a storm's processes: joins the space, says READY, and does one step after the
 * other until it is killed, or its parent is. Whatever a step throws is a violation. Its twin is
 * {@code storm_process.py}.
 */
final class StormProcess {
  private StormProcess() {}

  /**
   * @param args of {@code main}: root, space, seed
   * @param start makes what does a step
   */
  static void run(String[] args, BiFunction<Space, Random, Runnable> start) {
    Thread.ofPlatform().daemon().start(StormProcess::endWithParent);
    try (Space space = Space.open(SpaceSpec.named(args[1]).under(Path.of(args[0])))) {
      Runnable step = start.apply(space, new Random(Long.parseLong(args[2])));
      System.out.println("READY");
      while (true) {
        step.run();
      }
    } catch (Throwable e) {
      e.printStackTrace();
      System.out.println("VIOLATION " + e);
      System.exit(3);
    }
  }

  private static void endWithParent() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException closed) {
      // the same
    }
    Runtime.getRuntime().halt(0);
  }
}
