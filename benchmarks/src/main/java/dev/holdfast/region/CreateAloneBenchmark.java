package dev.holdfast.region;

import dev.holdfast.benchmarks.BareRegion;
import dev.holdfast.benchmarks.BenchmarkSpace;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a region's bookkeeping add to making shared memory, its end not counted?
 *
 * <p>Peer: shm_open, posix_fallocate, mmap and close through the same platform.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 1000, timeUnit = TimeUnit.MILLISECONDS)
public class CreateAloneBenchmark {
  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final String object = BareRegion.name("alone");
  private @Nullable Region region;
  private @Nullable Arena arena;

  /** The region's size. */
  @Param({"4096", "1048576", "67108864"})
  public long bytes;

  /** A region. */
  @Benchmark
  public Region region() {
    Region made = scratch.createTransient("created", bytes);
    region = made;
    return made;
  }

  /** Its system calls alone. */
  @Benchmark
  public long bareRegion() {
    Arena made = Arena.ofConfined();
    arena = made;
    return BareRegion.createMap(object, bytes, made);
  }

  /** Gives back what was made. */
  @TearDown(Level.Invocation)
  public void giveBack() {
    if (region != null) {
      region.close();
      region = null;
    }
    if (arena != null) {
      arena.close();
      arena = null;
      BareRegion.remove(object);
    }
  }

  /** Leaves nothing. */
  @TearDown
  public void close() {
    scratch.close();
  }
}
