package dev.holdfast.stress.locks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Somebody who takes locks: a thread of whatever process; see {@link LockCommands}. */
interface Party extends AutoCloseable {
  long WATCHDOG_SECONDS = 120;

  /** Tells it to do something; its answer. One command at a time. */
  CompletableFuture<String> tell(String command);

  /** Ends it at once, with whatever it owns: SIGKILL for a process. */
  void kill();

  /** Ends it. */
  @Override
  void close();

  /** Tells it to do something and waits for the answer. */
  default String ask(String command) {
    return answer(tell(command));
  }

  /** Waits for an answer; the deadline is a watchdog. */
  static String answer(CompletableFuture<String> told) {
    try {
      return told.get(WATCHDOG_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("the party failed", e.getCause());
    } catch (TimeoutException | InterruptedException e) {
      throw new AssertionError("the party does not answer", e);
    }
  }
}
