package dev.holdfast.sync;

import dev.holdfast.benchmarks.BenchmarkSpace;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionId;
import dev.holdfast.region.Space;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * How often a second do threads take a mutex that all of them want: two of them, 1,000 virtual ones
 * of one process; of four processes a thread each, and 1,000? A lock that wakes its waiters one
 * after the other, each before it can have it, does a few thousand: a convoy.
 *
 * <p>On two processors, two of four threads run and two wait asleep. Beside it two processes, who
 * spin: nobody ever sleeps, so nobody has to be woken.
 *
 * <p>Each adds 1 to a word in shared memory under the lock, not atomically; in the end the word has
 * to be what all of them counted. Part of {@link DeadlockDetection}.
 */
public final class LockCrowd {
  private static final int PROCESSES = 4;
  private static final long START_NANOS = 50_000_000; // until all threads are there

  private LockCrowd() {}

  /** Who takes it. */
  private record Crowd(String name, int processes, int threads, boolean virtual) {}

  private static final List<Crowd> CROWDS =
      List.of(
          new Crowd("2 virtual threads", 1, 2, true),
          new Crowd("1,000 virtual threads", 1, 1_000, true),
          new Crowd("4 processes, a thread each", PROCESSES, 1, false),
          new Crowd("4 processes, 250 threads each", PROCESSES, 250, false),
          new Crowd("2 processes, a thread each", 2, 1, false));

  static void measure(boolean quick, boolean json) throws IOException {
    long millis = quick ? 100 : 1_000;
    int rounds = quick ? 1 : 7;
    double[][] rates = new double[CROWDS.size()][rounds];
    try (Run run = new Run()) {
      for (int round = -1; round < rounds; round++) { // the first one warms up
        for (int i = 0; i < CROWDS.size(); i++) {
          double rate = run.rate(CROWDS.get(i), millis);
          if (round >= 0) {
            rates[i][round] = rate;
          }
        }
      }
    }
    print(rates, json);
  }

  private static void print(double[][] rates, boolean json) {
    if (!json) {
      System.out.println("| who wants one mutex | taken, in a second | × two |");
    }
    for (int i = 0; i < CROWDS.size(); i++) {
      String row =
          json
              ? "{\"crowd\":\"%s\",\"a_second\":%.0f,\"ratio\":%.2f}%n"
              : "| %-30s | %12.0f | %5.2f |%n";
      System.out.printf(
          Locale.ROOT,
          row,
          CROWDS.get(i).name(),
          median(rates[i]),
          median(rates[i]) / median(rates[i & -2]));
    }
  }

  private static double median(double[] of) {
    double[] sorted = of.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** The other processes, and what all work on. */
  private static final class Run implements AutoCloseable {
    private final BenchmarkSpace scratch = new BenchmarkSpace();
    private final RegionId region = scratch.createLasting("counter", 4096);
    private final List<Process> others = new ArrayList<>();
    private final List<PrintWriter> requests = new ArrayList<>();
    private final List<BufferedReader> answers = new ArrayList<>();

    Run() throws IOException {
      for (int i = 1; i < PROCESSES; i++) {
        Process other =
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-Xmx256m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    LockCrowd.class.getName(),
                    scratch.space().name())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        others.add(other);
        requests.add(new PrintWriter(other.outputWriter(), true));
        answers.add(other.inputReader());
      }
    }

    double rate(Crowd crowd, long millis) throws IOException {
      try (Region counter = scratch.space().writableRegion(region.toString())) {
        Words words = Platform.current().words(counter.segment());
        long before = words.get(0);
        long start = System.nanoTime() + START_NANOS;
        for (int i = 0; i < crowd.processes() - 1; i++) {
          requests.get(i).println(crowd.threads() + " " + start + " " + millis);
        }
        long counted = work(scratch.space(), crowd.threads(), crowd.virtual(), start, millis);
        for (int i = 0; i < crowd.processes() - 1; i++) {
          counted += Long.parseLong(answers.get(i).readLine());
        }
        long took =
            System.nanoTime() - start; // longer than asked for: who waited at the end got it
        long added = words.get(0) - before;
        if (added != counted) {
          throw new IllegalStateException(
              "not exclusive: crowd=%s, added=%d, counted=%d".formatted(crowd, added, counted));
        }
        return counted * 1e9 / took;
      }
    }

    @Override
    public void close() {
      requests.forEach(PrintWriter::close);
      others.forEach(other -> other.onExit().join());
      scratch.close();
    }
  }

  /** One of the other processes. Argument: the space. */
  public static void main(String[] arguments) throws IOException {
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Space space = Space.open(arguments[0])) {
      for (String line = requests.readLine(); line != null; line = requests.readLine()) {
        String[] words = line.split(" ", -1);
        System.out.println(
            work(
                space,
                Integer.parseInt(words[0]),
                false,
                Long.parseLong(words[1]),
                Long.parseLong(words[2])));
      }
    }
  }

  /** Lets threads take the lock from then on for so long; how often they did. */
  private static long work(Space space, int threads, boolean virtual, long start, long millis) {
    Mutex mutex = Locks.of(space).mutex("crowd");
    LongAdder taken = new LongAdder();
    long end = start + millis * 1_000_000;
    ThreadFactory factory = virtual ? Thread.ofVirtual().factory() : Thread.ofPlatform().factory();
    try (Region counter = space.writableRegion("counter")) {
      Words words = Platform.current().words(counter.segment());
      List<Thread> crowd = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Thread thread = factory.newThread(() -> taken.add(take(mutex, words, start, end)));
        thread.start();
        crowd.add(thread);
      }
      crowd.forEach(LockCrowd::join);
    }
    return taken.sum();
  }

  private static long take(Mutex mutex, Words words, long start, long end) {
    long taken = 0;
    LockSupport.parkNanos(start - System.nanoTime());
    while (System.nanoTime() - end < 0) {
      mutex.lock();
      try {
        words.setPlain(0, words.getPlain(0) + 1);
        taken++;
      } finally {
        mutex.unlock();
      }
    }
    return taken;
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
