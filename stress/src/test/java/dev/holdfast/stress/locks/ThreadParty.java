package dev.holdfast.stress.locks;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/** A thread of this JVM; killed, it ends without giving anything back. */
final class ThreadParty implements Party {
  private record Told(String command, CompletableFuture<String> answer) {}

  private static final Told END = new Told("", new CompletableFuture<>());

  private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
  private final Thread thread;

  ThreadParty(Thread.Builder kind, LockCommands commands) {
    thread = kind.start(() -> serve(commands));
  }

  private void serve(LockCommands commands) {
    try {
      for (Told next = told.take(); !next.equals(END); next = told.take()) {
        try {
          next.answer().complete(commands.answer(next.command()));
        } catch (Exception | AssertionError failure) {
          next.answer().completeExceptionally(failure);
        }
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public CompletableFuture<String> tell(String command) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    told.add(new Told(command, answer));
    return answer;
  }

  @Override
  public void kill() {
    told.add(END);
    try {
      if (!thread.join(java.time.Duration.ofSeconds(WATCHDOG_SECONDS))) {
        throw new AssertionError("a thread does not end");
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while a thread ends", e);
    }
  }

  @Override
  public void close() {
    kill();
  }
}
