package dev.holdfast.stress.locks;

import dev.holdfast.testkit.ChildProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A process, a JVM or Python's. */
final class ProcessParty implements Party {
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
    Path script =
        Path.of(System.getProperty("holdfast.root"))
            .resolve("stress/src/test/python/lock_party.py");
    return new ProcessParty(ChildProcess.python(script.toString(), root.toString(), space));
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
            answer.complete(child.line());
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
