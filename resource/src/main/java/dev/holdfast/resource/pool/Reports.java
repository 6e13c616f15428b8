package dev.holdfast.resource.pool;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Tells of loans and failures, one after the other, on a thread of its own: a log's handler is
 * foreign code, which may throw and may block. What comes when too many wait to be told is left
 * out; everything is counted elsewhere.
 */
final class Reports {
  static final int WAITING_MAX = 64;

  private final PoolEnvironment environment;
  private final Queue<Runnable> waiting = new ArrayDeque<>(); // guarded by this, as is the next
  private boolean telling;

  Reports(PoolEnvironment environment) {
    this.environment = environment;
  }

  void add(Runnable report) {
    if (begins(report)) {
      start();
    }
  }

  private void start() {
    boolean started = false;
    try {
      environment.startSurely(this::tell);
      started = true;
    } finally {
      if (!started) { // no memory: the next report tries again
        stopTelling();
      }
    }
  }

  private synchronized void stopTelling() {
    telling = false;
  }

  /** Whether nobody tells yet. */
  private synchronized boolean begins(Runnable report) {
    boolean taken = waiting.size() < WAITING_MAX && waiting.add(report);
    boolean begins = taken && !telling;
    telling |= begins;
    return begins;
  }

  private void tell() {
    Runnable report = next();
    if (report != null) {
      try {
        report.run();
      } finally { // whatever it throws, the thread's handler has it
        start();
      }
    }
  }

  private synchronized @Nullable Runnable next() {
    Runnable report = waiting.poll();
    telling = report != null;
    return report;
  }
}
