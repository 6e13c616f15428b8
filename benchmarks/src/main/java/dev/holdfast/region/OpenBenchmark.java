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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long does it take to see an existing region's bytes and to let go of them again, and does its
 * size matter?
 *
 * <p>Peers: shm_open and mmap through the same platform, with a confined and with a shared arena,
 * and FileChannel.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 2, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class OpenBenchmark {
  private static final String NAME = "opened";

  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final String object = BareRegion.name("open");

  /** The region's size. */
  @Param({"1048576", "67108864", "1073741824"})
  public long bytes;

  /** Makes what is opened. */
  @Setup
  public void create() {
    scratch.createLasting(NAME, bytes);
    BareRegion.create(object, bytes);
  }

  /** Look up by name, hold, open, map, unmap, release. */
  @Benchmark
  public void region() {
    scratch.space().region(NAME).close();
  }

  /** Its system calls alone. */
  @Benchmark
  public long bareRegion() {
    return BareRegion.openMap(object, bytes, Arena.ofConfined());
  }

  /** Its system calls alone, unmapped like a region. */
  @Benchmark
  public long bareSharedArena() {
    return BareRegion.openMap(object, bytes, Arena.ofShared());
  }

  /** What the JDK offers. */
  @Benchmark
  public long fileChannel() throws IOException {
    return BareRegion.openMapByChannel(object, bytes);
  }

  /** Leaves nothing. */
  @TearDown
  public void close() {
    BareRegion.remove(object);
    scratch.close();
  }
}
