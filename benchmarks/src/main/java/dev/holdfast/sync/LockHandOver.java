package dev.holdfast.sync;

import dev.holdfast.benchmarks.BenchmarkSpace;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import dev.holdfast.region.Region;
import dev.holdfast.region.Space;
import dev.holdfast.sync.Batons.Baton;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * How long from a release in one process until the other process, which waited, has the lock?
 *
 * <p>Two JVMs pass it to and fro, strictly in turn: who is to take it says so and waits; the owner
 * goes on for a while, notes the time, releases. Asleep: it goes on until the other must have
 * fallen asleep; the baseline is a bare futex word through the same calls. Hot: the other still
 * spins; the baseline is a bare word that both spin on. The time until the release returned is part
 * of it, and printed beside it: the rest is the kernel's waking and what the woken one does.
 *
 * <p>Bursts of all take turns, so that what disturbs the machine disturbs them all. LockPeers.cpp
 * does the same in C and with Boost. Arguments: {@code --quick}, {@code --json}.
 */
public final class LockHandOver implements AutoCloseable {
  private static final long TURNS_AT = Batons.BYTES;
  private static final long READY_AT = TURNS_AT;
  private static final long TAKEN_AT = TURNS_AT + 128;
  private static final long STAMP_AT = TURNS_AT + 256;
  private static final long SAMPLES_AT = TURNS_AT + 384;
  private static final int ROUNDS = 400;
  private static final long BYTES = SAMPLES_AT + ROUNDS * 2L * Long.BYTES;
  private static final long ASLEEP_NANOS = 100_000;
  private static final long HOT_NANOS = 1_000;
  private static final long WATCHDOG_NANOS = 30_000_000_000L;

  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final Side side;
  private final Process other;
  private final PrintWriter requests;
  private final Map<Batons, long[]> handOvers = new EnumMap<>(Batons.class);
  private final Map<Batons, long[]> releases = new EnumMap<>(Batons.class);

  private LockHandOver() throws IOException {
    scratch.createLasting("batons", BYTES);
    side = new Side(scratch.space(), true);
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                LockHandOver.class.getName(),
                "--other",
                scratch.space().name()));
    other = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    requests = new PrintWriter(other.outputWriter(), true);
  }

  /** See the class comment. */
  public static void main(String[] arguments) throws IOException {
    List<String> options = Arrays.asList(arguments);
    if (options.contains("--other")) {
      other(arguments[1]);
      return;
    }
    int bursts = options.contains("--quick") ? 1 : 20;
    try (LockHandOver run = new LockHandOver()) {
      for (int i = -bursts; i < bursts; i++) { // the first half warms up
        for (Batons baton : Batons.values()) {
          run.burst(baton, i >= 0);
        }
      }
      run.print(options.contains("--json"));
    }
  }

  /** The other process: does its half of each burst that it is told of. */
  private static void other(String spaceName) throws IOException {
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Space space = Space.open(spaceName)) {
      Side side = new Side(space, false);
      for (String line = requests.readLine(); line != null; line = requests.readLine()) {
        side.burst(Batons.valueOf(line));
      }
      side.region.close();
    }
  }

  private void burst(Batons baton, boolean counts) {
    side.baton(baton).take();
    requests.println(baton);
    side.burst(baton);
    if (baton.baseline() != baton) {
      side.baton(baton).give(); // a bare word stays ours
    }
    if (counts) {
      handOvers.merge(baton, side.samples(0), LockHandOver::join);
      releases.merge(baton, side.samples(1), LockHandOver::join);
    }
  }

  private static long[] join(long[] some, long[] more) {
    long[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  /** What one process does. */
  private static final class Side {
    private final boolean first;
    private final Region region;
    private final Words words;
    private final Map<Batons, Baton> batons = new EnumMap<>(Batons.class);
    private int rounds;

    Side(Space space, boolean first) {
      this.first = first;
      this.region = space.writableRegion("batons");
      this.words = Platform.current().words(region.segment());
      Path file = Path.of(System.getenv("HOLDFAST_ROOT"), "baton");
      for (Batons kind : Batons.values()) {
        batons.put(kind, kind.open(space, region.segment(), file, first));
      }
    }

    Baton baton(Batons kind) {
      return Objects.requireNonNull(batons.get(kind));
    }

    /** The first process owns it at the beginning and at the end. */
    void burst(Batons kind) {
      Baton baton = baton(kind);
      for (int i = 0; i < ROUNDS; i++) {
        rounds++;
        if ((i % 2 == 0) == first) {
          give(baton, kind.sleeps() ? ASLEEP_NANOS : HOT_NANOS, i);
        } else {
          take(baton, i);
        }
      }
    }

    private void give(Baton baton, long lingersNanos, int i) {
      await(READY_AT);
      long ready = System.nanoTime();
      while (System.nanoTime() - ready < lingersNanos) {
        Thread.onSpinWait();
      }
      long released = System.nanoTime();
      words.set(STAMP_AT, released);
      baton.give();
      sample(i, 1, System.nanoTime() - released);
      await(TAKEN_AT);
    }

    private void take(Baton baton, int i) {
      words.set(READY_AT, rounds);
      baton.take();
      sample(i, 0, System.nanoTime() - words.get(STAMP_AT));
      words.set(TAKEN_AT, rounds);
    }

    @SuppressWarnings("ThreadPriorityCheck") // on a busy machine the other may want this processor
    private void await(long at) {
      long start = System.nanoTime();
      for (int looks = 1; words.get(at) != rounds; looks++) {
        if (looks % 64 == 0) {
          Thread.yield();
        }
        Thread.onSpinWait();
        if (System.nanoTime() - start > WATCHDOG_NANOS) {
          throw new IllegalStateException(
              "nothing happened for 30 s: round=%d, seen=%d".formatted(rounds, words.get(at)));
        }
      }
    }

    private void sample(int i, int which, long nanos) {
      words.set(SAMPLES_AT + (i * 2L + which) * Long.BYTES, nanos);
    }

    long[] samples(int which) {
      long[] samples = new long[ROUNDS];
      for (int i = 0; i < ROUNDS; i++) {
        samples[i] = words.get(SAMPLES_AT + (i * 2L + which) * Long.BYTES);
      }
      return samples;
    }
  }

  private void print(boolean json) {
    if (!json) {
      System.out.println(
          "| waiting | passed on | p50, µs | p99, µs | of it until the release returned, p50 | × bare word |");
    }
    for (Batons baton : Batons.values()) {
      print(baton, json);
    }
  }

  private void print(Batons baton, boolean json) {
    String row =
        json
            ? "{\"waiting\":\"%s\",\"passed\":\"%s\",\"p50_us\":%.2f,\"p99_us\":%.2f,\"release_p50_us\":%.2f,\"ratio\":%.2f}%n"
            : "| %-6s | %-28s | %8.2f | %8.2f | %8.2f | %5.2f |%n";
    System.out.printf(
        Locale.ROOT,
        row,
        baton.sleeps() ? "asleep" : "hot",
        baton.label,
        percentile(handOvers, baton, 50) / 1e3,
        percentile(handOvers, baton, 99) / 1e3,
        percentile(releases, baton, 50) / 1e3,
        percentile(handOvers, baton, 50) / percentile(handOvers, baton.baseline(), 50));
  }

  private static double percentile(Map<Batons, long[]> of, Batons baton, int percent) {
    long[] sorted = of.getOrDefault(baton, new long[] {0}).clone();
    Arrays.sort(sorted);
    return sorted[sorted.length * percent / 100];
  }

  @Override
  public void close() {
    requests.close();
    var _ = other.onExit().join();
    side.region.close();
    scratch.close();
  }
}
