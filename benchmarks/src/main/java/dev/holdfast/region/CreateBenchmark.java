package dev.holdfast.region;

import dev.holdfast.benchmarks.BareRegion;
import dev.holdfast.benchmarks.BenchmarkSpace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a region's bookkeeping add to making shared memory and giving it back?
 *
 * <p>Peers: the bare calls through the same platform, with a confined arena (the least that Java
 * can do) and with a shared one (whose close makes all threads pass a handshake, as a region's
 * does); and FileChannel, which allocates no page: it is quick because it promises nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 2, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 1000, timeUnit = TimeUnit.MILLISECONDS)
public class CreateBenchmark {
  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final String object = BareRegion.name("create");

  /** The region's size. */
  @Param({"4096", "1048576", "67108864", "1073741824"})
  public long bytes;

  /** A region that goes with its only hold. */
  @Benchmark
  public void region() {
    scratch.createTransient("created", bytes).close();
  }

  /** Its system calls alone. */
  @Benchmark
  public long bareRegion() {
    return BareRegion.createMapRemove(object, bytes, Arena.ofConfined());
  }

  /** Its system calls alone, unmapped like a region. */
  @Benchmark
  public long bareSharedArena() {
    return BareRegion.createMapRemove(object, bytes, Arena.ofShared());
  }

  /** What the JDK offers; allocates nothing. */
  @Benchmark
  public long fileChannel() throws IOException {
    return BareRegion.createMapRemoveByChannel(object, bytes);
  }

  /** Leaves nothing. */
  @TearDown
  public void close() {
    scratch.close();
  }
}
