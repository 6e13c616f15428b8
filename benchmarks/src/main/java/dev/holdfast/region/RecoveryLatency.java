package dev.holdfast.region;

import dev.holdfast.benchmarks.BenchmarkSpace;
import dev.holdfast.benchmarks.Deaths;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

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
  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final Member member = scratch.space().member();
  private final RegionId region = scratch.createLasting("held", 4096);
  private final Deaths children;

  private RecoveryLatency(String python, Path programs) throws IOException {
    children = new Deaths(python, programs, scratch.space().name(), "region", "held");
  }

  /** See the class comment. */
  public static void main(String[] arguments) throws Exception {
    List<String> options = Arrays.asList(arguments);
    try (RecoveryLatency run = new RecoveryLatency(arguments[0], Path.of(arguments[1]))) {
      Deaths.measure(
          Deaths.rounds(options, 20, 300),
          options.contains("--json"),
          "from then until the hold is gone",
          run::killOne);
    }
  }

  private Deaths.Death killOne() throws IOException {
    int pid = children.next();
    int slot = slotOf(pid);
    awaitWatched();
    long killed = Deaths.kill(pid);
    while (member.live.isAlive(slot)) {
      Deaths.requireInTime(killed);
    }
    long released = System.nanoTime();
    while (member.ledger.isSet(region.slot(), slot)) {
      Deaths.requireInTime(killed);
    }
    return new Deaths.Death(released - killed, System.nanoTime() - released);
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
      Deaths.requireInTime(start);
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

  @Override
  public void close() {
    children.close();
    scratch.close();
  }
}
