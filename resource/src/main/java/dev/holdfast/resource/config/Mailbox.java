package dev.holdfast.resource.config;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Runs one subscriber's calls one after the other, on a virtual thread that lives only while there
 * are any; so a slow subscriber delays nobody else.
 */
final class Mailbox {
  private final String name;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private boolean isRunning;

  Mailbox(String name) {
    this.name = name;
  }

  /** Runs it behind those that wait; it must not throw. */
  void add(Runnable call) {
    synchronized (waiting) {
      waiting.add(call);
      if (isRunning) {
        return;
      }
      isRunning = true;
    }
    Thread.ofVirtual().name(name).start(this::runAll);
  }

  private void runAll() {
    for (Runnable call = next(); call != null; call = next()) {
      call.run();
    }
  }

  private @Nullable Runnable next() {
    synchronized (waiting) {
      Runnable call = waiting.poll();
      isRunning = call != null;
      return call;
    }
  }
}
