package dev.holdfast.benchmarks;

import dev.holdfast.region.Limits;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionId;
import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.RegionPolicy;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.util.concurrent.atomic.AtomicBoolean;

/** A space of its own for one benchmark's fork; nothing of it is left after {@link #close}. */
public final class BenchmarkSpace implements AutoCloseable {
  private final Space space;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** With the default limits. */
  public BenchmarkSpace() {
    this(Limits.DEFAULT);
  }

  /** With these limits. */
  public BenchmarkSpace(Limits limits) {
    space = Space.open(SpaceSpec.named("bench-" + ProcessHandle.current().pid()).limits(limits));
    // a benchmark that fails is not torn down
    Runtime.getRuntime().addShutdownHook(new Thread(this::close));
  }

  /** The space itself. */
  public Space space() {
    return space;
  }

  /** A region that goes with its last hold. */
  public Region createTransient(String name, long bytes) {
    return space.create(
        RegionSpec.named(name).bytes(bytes).policy(RegionPolicy.referenceCounted()));
  }

  /** A region that stays, and that nobody holds. */
  public RegionId createLasting(String name, long bytes) {
    try (Region region =
        space.create(RegionSpec.named(name).bytes(bytes).policy(RegionPolicy.manual()))) {
      return region.id();
    }
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    for (RegionInfo region : space.regions()) {
      space.remove(region.id().toString());
    }
    space.close();
  }
}
