package dev.holdfast.sync;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.holdfast.benchmarks.BenchmarkSpace;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * When the owner of a mutex is killed with SIGKILL, how long does the kernel take to release its
 * byte of the liveness file, and how long is it from then until the next owner runs?
 *
 * <p>The first is the baseline: nobody can know of a death before. The next owner is a thread of
 * this process that sleeps in {@link Mutex#hold()}; the main thread looks on in a tight loop. A
 * child is a forked Python process that joined and owns the mutex.
 *
 * <p>Arguments: the Python interpreter, the folder of the Python programs; then {@code --quick},
 * {@code --json}.
 */
public final class LockOwnerDeath implements AutoCloseable {
  private static final int SIGKILL = 9;
  private static final long WATCHDOG_NANOS = 30_000_000_000L;

  /** The watcher looks for newcomers five times a second, and then hears of their death at once. */
  private static final long NOTICED_NANOS = 300_000_000;

  private static final MethodHandle KILL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("kill"),
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final Locks locks = Locks.of(scratch.space());
  private final Mutex mutex = locks.mutex("owned");
  private final Locks.Core core;
  private final Process children;
  private final BufferedReader answers;
  private final PrintWriter requests;

  private LockOwnerDeath(String python, Path programs) throws IOException {
    core =
        scratch
            .space()
            .layer(
                Locks.Core.class,
                _ -> {
                  throw new IllegalStateException("not open: " + locks);
                });
    children =
        new ProcessBuilder(
                python,
                programs.resolve("lock_child.py").toString(),
                scratch.space().name(),
                mutex.name())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    answers = children.inputReader();
    requests = new PrintWriter(children.outputWriter(), true);
  }

  /** See the class comment. */
  public static void main(String[] arguments) throws Throwable {
    List<String> options = Arrays.asList(arguments);
    int rounds = options.contains("--quick") ? 5 : 200;
    long[] kernel = new long[rounds];
    long[] ours = new long[rounds];
    try (LockOwnerDeath run = new LockOwnerDeath(arguments[0], Path.of(arguments[1]))) {
      for (int i = -5; i < rounds; i++) { // the first ones warm up
        Death death = run.killOwner();
        if (i >= 0) {
          kernel[i] = death.kernelNanos();
          ours[i] = death.nextNanos();
        }
      }
    }
    print(options.contains("--json"), kernel, ours);
  }

  private record Death(long kernelNanos, long nextNanos) {}

  private Death killOwner() throws Throwable {
    requests.println();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IllegalStateException("the program that makes children ended; see its messages");
    }
    int pid = Integer.parseInt(answer);
    long participant = owner();
    CompletableFuture<Long> next = new CompletableFuture<>();
    Thread waiter = Thread.ofPlatform().start(() -> next.complete(owned()));
    awaitAsleep();
    LockSupport.parkNanos(NOTICED_NANOS);
    long killed = System.nanoTime();
    if ((int) KILL.invokeExact(pid, SIGKILL) != 0) {
      throw new IllegalStateException("cannot kill the owner: pid=" + pid);
    }
    while (core.membership.isAlive(participant)) {
      requireInTime(killed);
    }
    long released = System.nanoTime();
    long owned = next.join();
    waiter.join();
    return new Death(released - killed, Math.max(0, owned - released));
  }

  /** Waits for the mutex; when it had it. */
  private long owned() {
    try (Hold held = mutex.hold()) {
      long now = System.nanoTime();
      if (!held.ownerDied()) {
        throw new IllegalStateException("the next owner was not told");
      }
      held.markConsistent();
      return now;
    }
  }

  private long owner() {
    int lock = core.table.find(mutex.name()).orElseThrow();
    return OwnerWord.participant(core.segment.words.get(core.segment.lock(lock)));
  }

  private void awaitAsleep() {
    long start = System.nanoTime();
    while (locks.users().stream().noneMatch(user -> user.waitsFor().isPresent())) {
      requireInTime(start);
      LockSupport.parkNanos(100_000);
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
    print(row, "from then until the next owner runs", ours);
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
