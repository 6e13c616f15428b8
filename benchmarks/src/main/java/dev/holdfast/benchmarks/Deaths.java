package dev.holdfast.benchmarks;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Children that join a space, have something of it, and are killed: forked by a Python program that
 * is no participant itself, so that nobody but the measuring JVM watches them.
 */
public final class Deaths implements AutoCloseable {
  private static final int WARM_UP = 5;
  private static final int SIGKILL = 9;
  private static final long WATCHDOG_NANOS = 30_000_000_000L;
  private static final MethodHandle KILL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("kill"),
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

  private final Process children;
  private final BufferedReader answers;
  private final PrintWriter requests;

  /** What one death took: until the kernel said so, and from then on. */
  public record Death(long kernelNanos, long afterNanos) {}

  /** Kills one child and looks on. */
  @FunctionalInterface
  public interface Round {
    /** One death. */
    Death run() throws Exception;
  }

  /**
   * @param has what a child has: {@code region} or {@code mutex}
   */
  public Deaths(String python, Path programs, String space, String has, String name)
      throws IOException {
    children =
        new ProcessBuilder(python, programs.resolve("killed_child.py").toString(), space, has, name)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    answers = children.inputReader();
    requests = new PrintWriter(children.outputWriter(), true);
  }

  /** Makes a child; its process id, once it has what it should. */
  public int next() throws IOException {
    requests.println();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IllegalStateException("the program that makes children ended; see its messages");
    }
    return Integer.parseInt(answer);
  }

  /** Sends SIGKILL; when that was. */
  public static long kill(int pid) {
    long now = System.nanoTime();
    try {
      if ((int) KILL.invokeExact(pid, SIGKILL) != 0) {
        throw new IllegalStateException("cannot kill the child: pid=" + pid);
      }
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
    return now;
  }

  /** Throws when what began then is not over after 30 s. */
  public static void requireInTime(long since) {
    if (System.nanoTime() - since > WATCHDOG_NANOS) {
      throw new IllegalStateException("nothing happened for 30 s");
    }
  }

  /** Runs some rounds to warm up, then so many that count, and prints both steps. */
  public static void measure(int rounds, boolean json, String after, Round round) throws Exception {
    long[] kernel = new long[rounds];
    long[] ours = new long[rounds];
    for (int i = -WARM_UP; i < rounds; i++) {
      Death death = round.run();
      if (i >= 0) {
        kernel[i] = death.kernelNanos();
        ours[i] = death.afterNanos();
      }
    }
    if (!json) {
      System.out.println("| step | rounds | p50, µs | p99, µs | max, µs |");
    }
    print(json, "SIGKILL until the kernel releases the byte", kernel);
    print(json, after, ours);
  }

  private static void print(boolean json, String step, long[] nanos) {
    Arrays.sort(nanos);
    System.out.printf(
        Locale.ROOT,
        json
            ? "{\"step\":\"%s\",\"rounds\":%d,\"p50_us\":%.0f,\"p99_us\":%.0f,\"max_us\":%.0f}%n"
            : "| %-42s | %6d | %8.0f | %8.0f | %8.0f |%n",
        step,
        nanos.length,
        nanos[nanos.length / 2] / 1e3,
        nanos[nanos.length * 99 / 100] / 1e3,
        nanos[nanos.length - 1] / 1e3);
  }

  /** How many rounds the arguments ask for. */
  public static int rounds(List<String> options, int quick, int all) {
    return options.contains("--quick") ? quick : all;
  }

  /** Ends the program that makes children. */
  @Override
  public void close() {
    requests.close();
    var _ = children.onExit().join();
  }
}
