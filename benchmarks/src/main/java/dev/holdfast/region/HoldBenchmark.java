package dev.holdfast.region;

import dev.holdfast.benchmarks.BenchmarkSpace;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a hold on an existing region cost, mapping apart: the first one of a process, which
 * sets and clears its bit in the ledger, and a further one, which only counts on the heap?
 *
 * <p>Peers: the two atomic instructions that a first hold cannot do without, and the uncontended
 * lock that every hold takes twice.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class HoldBenchmark {
  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final LocalHolds holds = holds(scratch.space().member());
  private final RegionId idle = scratch.createLasting("idle", 4096);
  private final RegionId held = scratch.createLasting("held", 4096);
  private final Region memory = scratch.createTransient("memory", 4096);
  private final Words words = Platform.current().words(memory.segment());
  private final Object monitor = new Object();
  private long counted;

  /** Takes the hold that {@link #furtherHold} counts above. */
  public HoldBenchmark() {
    if (!holds.hold(held)) {
      throw new IllegalStateException("a region just made cannot be held: " + held);
    }
  }

  private static LocalHolds holds(Member member) {
    Reclamation reclamation = new Reclamation(member);
    return new LocalHolds(member, new Recovery(member, reclamation), reclamation);
  }

  /** The first hold of a process, and its release. */
  @Benchmark
  public boolean firstHold() {
    boolean taken = holds.hold(idle);
    holds.release(idle);
    return taken;
  }

  /** A hold beside one that the process has already, and its release. */
  @Benchmark
  public boolean furtherHold() {
    boolean taken = holds.hold(held);
    holds.release(held);
    return taken;
  }

  /** Reading the clock: a last release notes when it was. */
  @Benchmark
  public long clock() {
    return Platform.current().monotonicNanos();
  }

  /** Setting and clearing a bit in mapped memory: what remains if all else is free. */
  @Benchmark
  public long bareBitFirstHold() {
    return words.or(64, 1) + words.and(64, ~1L);
  }

  /** Two passes through an uncontended lock. */
  @Benchmark
  public long bareMonitorFurtherHold() {
    synchronized (monitor) {
      counted++;
    }
    synchronized (monitor) {
      counted--;
    }
    return counted;
  }

  /** Leaves nothing. */
  @TearDown
  public void close() {
    holds.release(held);
    memory.close();
    scratch.close();
  }
}
