package dev.holdfast.sync;

import dev.holdfast.benchmarks.BenchmarkSpace;
import dev.holdfast.sync.LockTable.Wanted;
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
 * What do a mutex's statistics cost when nobody else wants it?
 *
 * <p>The baseline is the same mutex without: it still raises its token, which is a fencing token
 * anyway, and does not look whether the hold is one of the 256 that are timed. The other counters
 * are of waits; a wait costs a hundred times as much as they do.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(5)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class LockStatisticsBenchmark {
  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final Locks.Core core;
  private final MutexCore counted;
  private final MutexCore uncounted;

  /** Makes both. */
  public LockStatisticsBenchmark() {
    Locks locks = Locks.of(scratch.space());
    core =
        scratch
            .space()
            .layer(
                Locks.Core.class,
                _ -> {
                  throw new IllegalStateException("not open: " + locks);
                });
    counted = mutex("counted", true);
    uncounted = mutex("uncounted", false);
  }

  private MutexCore mutex(String name, boolean counts) {
    LockSite of = core.table.site(core.table.open(new Wanted(name, LockKind.MUTEX, 0, 0, 0)));
    LockSite site =
        new LockSite(
            of.name(),
            of.key(),
            of.words(),
            of.at(),
            of.options(),
            of.cellsAt(),
            of.cells(),
            of.undo(),
            new Statistics(of.words(), of.at(), counts));
    return new MutexCore(
        site,
        core.engine,
        _ ->
            _ -> {
              throw new UnsupportedOperationException("no conditions here");
            });
  }

  /** Leaves nothing. */
  @TearDown
  public void close() {
    scratch.close();
  }

  /** As everybody has it. */
  @Benchmark
  public void counted() {
    pass(counted);
  }

  /** Without. */
  @Benchmark
  public void bareUncounted() {
    pass(uncounted);
  }

  private static void pass(MutexCore mutex) {
    if (!mutex.tryFast()) {
      throw new IllegalStateException("not free: lock=" + mutex.name());
    }
    mutex.release();
  }
}
