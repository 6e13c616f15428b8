package dev.holdfast.stress.locks;

import dev.holdfast.testkit.ChildProcess;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A process, a JVM or Python's. */
final class ProcessParty implements Party {
  /** As long as a test may take: who waits for a lock is silent, and who asks has a watchdog. */
  private static final long SILENT_SECONDS = TimeUnit.MINUTES.toSeconds(30);

  private static final List<String> UNSHARED = List.of("unshare", "-p", "-f", "--kill-child");

  private final ChildProcess child;
  private boolean ready;

  private ProcessParty(ChildProcess child) {
    this.child = child;
  }

  /** Starts a JVM that joins the space; does not wait for it. */
  static ProcessParty java(Path root, String space) {
    return new ProcessParty(
        ChildProcess.java(
            List.of("-Xmx64m", "-XX:+UseSerialGC"), LockPartyChild.class, root.toString(), space));
  }

  /** Starts a Python process that joins the space; does not wait for it. */
  static ProcessParty python(Path root, String space) {
    return new ProcessParty(ChildProcess.python(script(), root.toString(), space));
  }

  /** The same, in a PID namespace of its own, as in a container. */
  static ProcessParty pythonInPidNamespace(Path root, String space) {
    return new ProcessParty(
        ChildProcess.command(
            Stream.concat(
                    UNSHARED.stream(), Stream.of("python3", "-u", script(), root.toString(), space))
                .toList()));
  }

  /** Whether this user may make one. */
  static boolean mayUnshare() {
    try (ChildProcess probe =
        ChildProcess.command(Stream.concat(UNSHARED.stream(), Stream.of("true")).toList())) {
      return probe.waitFor() == 0;
    } catch (UncheckedIOException absent) {
      return false;
    }
  }

  private static String script() {
    return Path.of(System.getProperty("holdfast.root"))
        .resolve("stress/src/test/python/lock_party.py")
        .toString();
  }

  ChildProcess process() {
    return child;
  }

  @Override
  public CompletableFuture<String> tell(String command) {
    if (!ready) {
      child.await("READY");
      ready = true;
    }
    child.say(command);
    CompletableFuture<String> answer = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            answer.complete(child.line(SILENT_SECONDS));
          } catch (AssertionError failure) {
            answer.completeExceptionally(failure);
          }
        });
    return answer;
  }

  @Override
  public void kill() {
    child.kill();
  }

  @Override
  public void close() {
    child.close();
  }
}
