package dev.holdfast.sync;

import dev.holdfast.benchmarks.BenchmarkSpace;
import dev.holdfast.benchmarks.Deaths;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
  /** The watcher looks for newcomers five times a second, and then hears of their death at once. */
  private static final long NOTICED_NANOS = 300_000_000;

  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final Locks locks = Locks.of(scratch.space());
  private final Mutex mutex = locks.mutex("owned");
  private final Locks.Core core = locks.core();
  private final Deaths children;

  private LockOwnerDeath(String python, Path programs) throws IOException {
    children = new Deaths(python, programs, scratch.space().name(), "mutex", mutex.name());
  }

  /** See the class comment. */
  public static void main(String[] arguments) throws Exception {
    List<String> options = Arrays.asList(arguments);
    try (LockOwnerDeath run = new LockOwnerDeath(arguments[0], Path.of(arguments[1]))) {
      Deaths.measure(
          Deaths.rounds(options, 5, 200),
          options.contains("--json"),
          "from then until the next owner runs",
          run::killOwner);
    }
  }

  private Deaths.Death killOwner() throws Exception {
    int pid = children.next();
    long participant = owner();
    CompletableFuture<Long> next = new CompletableFuture<>();
    Thread waiter = Thread.ofPlatform().start(() -> next.complete(owned()));
    awaitAsleep();
    LockSupport.parkNanos(NOTICED_NANOS);
    long killed = Deaths.kill(pid);
    while (core.membership.isAlive(participant)) {
      Deaths.requireInTime(killed);
    }
    long released = System.nanoTime();
    long owned = next.join();
    waiter.join();
    return new Deaths.Death(released - killed, Math.max(0, owned - released));
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
      Deaths.requireInTime(start);
      LockSupport.parkNanos(100_000);
    }
  }

  @Override
  public void close() {
    children.close();
    scratch.close();
  }
}
