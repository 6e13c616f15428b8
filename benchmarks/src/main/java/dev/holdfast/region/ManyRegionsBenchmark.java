package dev.holdfast.region;

import dev.holdfast.benchmarks.BareRegion;
import dev.holdfast.benchmarks.BenchmarkSpace;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Does a space with ten thousand regions still answer at once: look-up by name, open and close,
 * create and release? Names are looked up by a scan of eight bytes a slot.
 *
 * <p>Peers: the same by shm_open among as many objects, which the kernel finds through a hash.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 2, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 1000, timeUnit = TimeUnit.MILLISECONDS)
public class ManyRegionsBenchmark {
  private static final int REGIONS = 10_000;
  private static final long BYTES = 4096;

  private final BenchmarkSpace scratch =
      new BenchmarkSpace(Limits.DEFAULT.withRegions(REGIONS + 16));
  private final String object = BareRegion.name("many");

  /** Makes the regions, and an object beside them for the peers. */
  @Setup(Level.Trial)
  public void create() {
    for (int i = 0; i < REGIONS; i++) {
      scratch.createLasting(name(i), BYTES);
    }
    BareRegion.create(object, BYTES);
  }

  private static String name(int i) {
    return "region-" + i;
  }

  private static String anyName() {
    return name(ThreadLocalRandom.current().nextInt(REGIONS));
  }

  /** What stands in the table under a name. */
  @Benchmark
  public Optional<RegionInfo> find() {
    return scratch.space().find(anyName());
  }

  /** Look up, hold, map, unmap, release. */
  @Benchmark
  public void open() {
    scratch.space().region(anyName()).close();
  }

  /** One more region, and gone again. */
  @Benchmark
  public void createRelease() {
    scratch.createTransient("one-more", BYTES).close();
  }

  /** shm_open, mmap, munmap. */
  @Benchmark
  public long bareOpen() {
    return BareRegion.openMap(object, BYTES, Arena.ofShared());
  }

  /** shm_open, posix_fallocate, mmap, munmap, shm_unlink. */
  @Benchmark
  public long bareCreateRelease() {
    return BareRegion.createMapRemove(object + "-new", BYTES, Arena.ofShared());
  }

  /** Leaves nothing. */
  @TearDown
  public void close() {
    BareRegion.remove(object);
    scratch.close();
  }
}
