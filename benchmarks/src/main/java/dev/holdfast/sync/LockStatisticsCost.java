package dev.holdfast.sync;

import dev.holdfast.benchmarks.BenchmarkSpace;
import dev.holdfast.sync.LockTable.Wanted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a lock's statistics cost on a mutex that nobody else wants.
 *
 * <p>The baseline is the same mutex without: it still raises its token, which is a fencing token
 * anyway, and looks whether the hold is one of the 256 that are timed, but times none. The other
 * counters are of waits; a wait costs a hundred times as much as they do.
 *
 * <p>The difference is less than what a machine wavers between two runs. So short bursts of both
 * follow each other, in turns first, by the same compiled code, on several pairs of mutexes; each
 * pair of bursts gives one ratio. Arguments: {@code --quick}, {@code --json}.
 */
public final class LockStatisticsCost {
  private static final int MUTEXES = 8;
  private static final int PASSES = 10_000;
  private static final int WARM_UP = 500;

  private LockStatisticsCost() {}

  private record Pair(MutexCore counted, MutexCore uncounted) {}

  /** See the class comment. */
  public static void main(String[] arguments) {
    List<String> options = Arrays.asList(arguments);
    int rounds = options.contains("--quick") ? 100 : 5_000;
    double[] ratios = new double[rounds];
    double[] nanos = new double[rounds];
    try (BenchmarkSpace scratch = new BenchmarkSpace()) {
      List<Pair> pairs = pairs(Locks.of(scratch.space()).core());
      for (int round = -WARM_UP; round < rounds; round++) {
        Pair pair = pairs.get(Math.floorMod(round, MUTEXES));
        boolean countedFirst = (round / MUTEXES & 1) == 0;
        double first = burst(countedFirst ? pair.counted : pair.uncounted);
        double second = burst(countedFirst ? pair.uncounted : pair.counted);
        if (round >= 0) {
          nanos[round] = countedFirst ? first : second;
          ratios[round] = countedFirst ? first / second : second / first;
        }
      }
    }
    print(nanos, ratios, options.contains("--json"));
  }

  private static List<Pair> pairs(Locks.Core core) {
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < MUTEXES; i++) {
      pairs.add(new Pair(mutex(core, "counted-" + i, true), mutex(core, "uncounted-" + i, false)));
    }
    return pairs;
  }

  private static MutexCore mutex(Locks.Core core, String name, boolean counts) {
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

  /** Nanoseconds to take it and give it back, once. */
  private static double burst(MutexCore mutex) {
    long start = System.nanoTime();
    for (int i = 0; i < PASSES; i++) {
      if (!mutex.tryFast()) {
        throw new IllegalStateException("not free: lock=" + mutex.name());
      }
      mutex.release();
    }
    return (double) (System.nanoTime() - start) / PASSES;
  }

  private static void print(double[] nanos, double[] ratios, boolean json) {
    String form =
        json
            ? "{\"passed\":\"mutex\",\"ns\":%.2f,\"ratio_q1\":%.4f,\"ratio\":%.4f,\"ratio_q3\":%.4f}%n"
            : "| taken and given back, counted | × uncounted: lower quartile | median | upper quartile |%n| %26.2f ns | %27.4f | %6.4f | %14.4f |%n";
    System.out.printf(
        Locale.ROOT,
        form,
        quartile(nanos, 2),
        quartile(ratios, 1),
        quartile(ratios, 2),
        quartile(ratios, 3));
  }

  private static double quartile(double[] of, int which) {
    double[] sorted = of.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length * which / 4];
  }
}
