package dev.holdfast.region;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.holdfast.benchmarks.BenchmarkSpace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * When a holder is killed with SIGKILL, how long does the kernel take to say so, and how long does
 * Holdfast take from then until the hold is gone?
 *
 * <p>The first is the baseline: nobody can know of a death before the kernel releases the byte of
 * the liveness file. This process is a participant like any other; its watcher does the work, while
 * the main thread looks on in tight loops. A child is a forked Python process that joined and holds
 * the region.
 *
 * <p>Arguments: the Python interpreter, the folder of the Python programs; then {@code --quick},
 * {@code --json}.
 */
public final class RecoveryLatency implements AutoCloseable {
  private static final int SIGKILL = 9;
  private static final long WATCHDOG_NANOS = 30_000_000_000L;
  private static final MethodHandle KILL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("kill"),
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final Member member = scratch.space().member();
  private final RegionId region = scratch.createLasting("held", 4096);
  private final Process children;
  private final BufferedReader answers;
  private final PrintWriter requests;

  private RecoveryLatency(String python, Path programs) throws IOException {
    children =
        new ProcessBuilder(
                python,
                programs.resolve("recovery_child.py").toString(),
                scratch.space().name(),
                "held")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    answers = children.inputReader();
    requests = new PrintWriter(children.outputWriter(), true);
  }

  /** See the class comment. */
  public static void main(String[] arguments) throws Throwable {
    List<String> options = Arrays.asList(arguments);
    int rounds = options.contains("--quick") ? 20 : 300;
    long[] kernel = new long[rounds];
    long[] ours = new long[rounds];
    try (RecoveryLatency run = new RecoveryLatency(arguments[0], Path.of(arguments[1]))) {
      for (int i = -5; i < rounds; i++) { // the first ones warm up
        Death death = run.killOne();
        if (i >= 0) {
          kernel[i] = death.kernelNanos();
          ours[i] = death.recoveryNanos();
        }
      }
    }
    print(options.contains("--json"), kernel, ours);
  }

  private record Death(long kernelNanos, long recoveryNanos) {}

  private Death killOne() throws Throwable {
    requests.println();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IllegalStateException("the program that makes children ended; see its messages");
    }
    int pid = Integer.parseInt(answer.substring(0, answer.indexOf(' ')));
    int slot = slotOf(pid);
    awaitWatched();
    long killed = System.nanoTime();
    if ((int) KILL.invokeExact(pid, SIGKILL) != 0) {
      throw new IllegalStateException("cannot kill the child: pid=" + pid);
    }
    while (member.live.isAlive(slot)) {
      requireInTime(killed);
    }
    long released = System.nanoTime();
    while (member.ledger.isSet(region.slot(), slot)) {
      requireInTime(killed);
    }
    return new Death(released - killed, System.nanoTime() - released);
  }

  private int slotOf(int pid) {
    return scratch.space().participants().stream()
        .filter(participant -> participant.pid() == pid)
        .findFirst()
        .orElseThrow()
        .slot();
  }

  /**
   * A newcomer is noticed at the watcher's next look, within 200 ms. Its pidfd is what tells: wait
   * until this process has as many as it will.
   */
  private void awaitWatched() {
    long start = System.nanoTime();
    while (pidfds() == 0) {
      requireInTime(start);
      Thread.onSpinWait();
    }
  }

  private static long pidfds() {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(RecoveryLatency::isPidfd).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isPidfd(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().contains("pidfd");
    } catch (IOException gone) {
      return false;
    }
  }

  private static void requireInTime(long since) {
    if (System.nanoTime() - since > WATCHDOG_NANOS) {
      throw new IllegalStateException("nothing happened for 30 s");
    }
  }

  private static void print(boolean json, long[] kernel, long[] ours) {
    String row =
        json
            ? "{\"step\":\"%s\",\"rounds\":%d,\"p50_us\":%.0f,\"p99_us\":%.0f,\"max_us\":%.0f}%n"
            : "| %-42s | %6d | %8.0f | %8.0f | %8.0f |%n";
    if (!json) {
      System.out.println("| step | rounds | p50, µs | p99, µs | max, µs |");
    }
    print(row, "SIGKILL until the kernel releases the byte", kernel);
    print(row, "from then until the hold is gone", ours);
  }

  private static void print(String row, String step, long[] nanos) {
    Arrays.sort(nanos);
    System.out.printf(
        Locale.ROOT,
        row,
        step,
        nanos.length,
        nanos[nanos.length / 2] / 1e3,
        nanos[nanos.length * 99 / 100] / 1e3,
        nanos[nanos.length - 1] / 1e3);
  }

  @Override
  public void close() {
    requests.close();
    var _ = children.onExit().join();
    scratch.close();
  }
}
