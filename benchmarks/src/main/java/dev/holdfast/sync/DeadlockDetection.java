package dev.holdfast.sync;

import dev.holdfast.benchmarks.BenchmarkSpace;
import dev.holdfast.platform.Words;
import dev.holdfast.region.Membership;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How long is one pass of the deadlock detector over 256 waiters? And what is left of a mutex's
 * throughput when 1,000 wait for it instead of two ({@link LockCrowd})?
 *
 * <p>The waiters of the first question are written into the lock segment: a chain in which each
 * waits for the next one, a crowd in which all wait for one, and a ring. A pass reads all contexts,
 * looks for a ring through its own, and confirms what it finds; a waiter does it after 200 ms and
 * every half a second from then on. Beside it: reading the contexts alone.
 *
 * <p>Arguments: {@code --quick}, {@code --json}.
 */
public final class DeadlockDetection implements AutoCloseable {
  private static final int WAITERS = 256;
  private static final int FIRST_KEY = 100;

  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final Locks.Core core;
  private final Membership membership;
  private final LockSegment segment;
  private final Words words;
  private final Detector detector;
  private final Context me;

  private DeadlockDetection() {
    core = Locks.of(scratch.space()).core();
    membership = core.membership;
    segment = core.segment;
    words = segment.words;
    detector = new Detector(segment, membership, core.waiters, core.tickets, key -> "lock " + key);
    me = core.contexts.current();
    if (me.index != 0) {
      throw new IllegalStateException("not the first context: index=" + me.index);
    }
    segment.raise(SegmentLayout.HIGH_CONTEXT, WAITERS + 1L);
  }

  /** See the class comment. */
  public static void main(String[] arguments) throws IOException {
    List<String> options = Arrays.asList(arguments);
    boolean quick = options.contains("--quick");
    boolean json = options.contains("--json");
    try (DeadlockDetection run = new DeadlockDetection()) {
      run.measure(quick ? 50 : 2_000, json);
    }
    LockCrowd.measure(quick, json);
  }

  private void measure(int rounds, boolean json) {
    if (!json) {
      System.out.println("| 256 waiters | p50, µs | p99, µs | of it reading, p50 |");
    }
    for (String scene : List.of("chain", "crowd", "ring")) {
      set(scene);
      requireFound(scene);
      long[] reading = samples(rounds, () -> requireAll(detector.graph()));
      long[] pass = samples(rounds, () -> detector.check(me));
      String row =
          json
              ? "{\"waiters\":\"%s\",\"p50_us\":%.1f,\"p99_us\":%.1f,\"reading_p50_us\":%.1f}%n"
              : "| %-11s | %8.1f | %8.1f | %8.1f |%n";
      System.out.printf(
          Locale.ROOT,
          row,
          scene,
          pass[rounds / 2] / 1e3,
          pass[rounds * 99 / 100] / 1e3,
          reading[rounds / 2] / 1e3);
    }
  }

  /** Context i owns lock i; what it waits for makes the scene. */
  private void set(String scene) {
    for (int i = 0; i <= WAITERS; i++) {
      boolean last = i == WAITERS - 1;
      int wanted =
          switch (scene) {
            case "chain" -> i + 1;
            case "crowd" -> WAITERS;
            default -> last ? 0 : i + 1;
          };
      write(i, WaitWord.of(FIRST_KEY + i, WaitWord.EXCLUSIVE), i == WAITERS ? -1 : wanted);
    }
  }

  private void write(int context, long held, int wanted) {
    long at = segment.context(context);
    words.set(at + ContextLayout.OWNER, membership.me());
    words.set(at + ContextLayout.SEQUENCE, 1);
    words.set(at + ContextLayout.SINCE, membership.platform().monotonicNanos());
    words.set(at + ContextLayout.PRIORITY, 1);
    words.set(at + ContextLayout.HELD, held);
    words.set(
        segment.wait(context),
        wanted < 0 ? 0 : WaitWord.of(FIRST_KEY + wanted, WaitWord.EXCLUSIVE));
  }

  private void requireFound(String scene) {
    int expected = scene.equals("ring") ? WAITERS : 0;
    int found = detector.graph().ringOf(me.index).size();
    detector.check(me);
    if (found != expected || cancelled() != (expected == 0 ? 0 : 1)) {
      throw new IllegalStateException(
          "found %d in a ring, cancelled %d: scene=%s".formatted(found, cancelled(), scene));
    }
  }

  private long cancelled() {
    long cancelled = 0;
    for (int i = 0; i < WAITERS; i++) {
      cancelled += words.get(segment.context(i) + ContextLayout.CANCEL);
    }
    return cancelled;
  }

  private static void requireAll(WaitGraph graph) {
    if (graph.members().size() != WAITERS + 1) {
      throw new IllegalStateException("members=" + graph.members().size());
    }
  }

  private long[] samples(int rounds, Runnable action) {
    long[] samples = new long[rounds];
    for (int i = -rounds; i < rounds; i++) {
      for (int context = 0; context < WAITERS; context++) {
        words.set(segment.context(context) + ContextLayout.CANCEL, 0); // what a pass ended
      }
      long start = System.nanoTime();
      action.run();
      if (i >= 0) {
        samples[i] = System.nanoTime() - start;
      }
    }
    Arrays.sort(samples);
    return samples;
  }

  @Override
  public void close() {
    for (int i = 0; i <= WAITERS; i++) {
      words.set(segment.wait(i), 0);
      words.set(segment.context(i) + ContextLayout.HELD, 0);
      words.set(segment.context(i) + ContextLayout.OWNER, i == me.index ? membership.me() : 0);
    }
    scratch.close();
  }
}
