package dev.holdfast.cli;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a command must give back, in reverse order: at its end, or when it is interrupted (Ctrl-C,
 * SIGTERM).
 */
final class Cleanup implements AutoCloseable {
  private final Deque<AutoCloseable> duties = new ArrayDeque<>();
  private final Thread hook = new Thread(this::closeAll, "holdfast-cleanup");

  Cleanup() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Will close it. */
  synchronized <T extends AutoCloseable> T add(T duty) {
    duties.push(duty);
    return duty;
  }

  @Override
  public void close() {
    closeAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException endingAlready) {
      // The hook runs, and finds nothing to do.
    }
  }

  private synchronized void closeAll() {
    while (!duties.isEmpty()) {
      try {
        duties.pop().close();
      } catch (Exception e) {
        System.getLogger(Cleanup.class.getName())
            .log(System.Logger.Level.WARNING, "could not be cleaned up", e);
      }
    }
  }
}
