package dev.holdfast.region;

import dev.holdfast.platform.Platform;
import dev.holdfast.testkit.FakeProcess;
import java.nio.file.Path;

/** Opens spaces over a kernel in memory, as the region module's own simulation does. */
public final class SimulatedSpace {
  private SimulatedSpace() {}

  /** The space of all simulations, as that process sees it; nobody watches it. */
  public static Space open(FakeProcess process) {
    Platform platform = process.platform();
    Environment environment =
        new Environment(platform, _ -> platform.monotonicNanos(), path -> path, false);
    return Space.open(
        SpaceSpec.named("s")
            .under(Path.of("/tmp/root"))
            .leaks(LeakDetection.OFF) // or whatever the dead had open would be kept for ever
            .limits(Limits.DEFAULT.withRegions(4).withParticipants(64)),
        environment);
  }
}
