package dev.holdfast.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes Ctrl-C and SIGTERM an interrupt of the thread that runs the command, and keeps the JVM
 * alive until it has cleaned up: a region half copied is removed, a hold is given back.
 */
final class Interruption {
  private static final long CLEAN_UP_SECONDS = 10;

  private final Thread runner;
  private final CountDownLatch ended = new CountDownLatch(1);

  Interruption(Thread runner) {
    this.runner = runner;
  }

  static Interruption ofThisThread() {
    Interruption interruption = new Interruption(Thread.currentThread());
    Runtime.getRuntime()
        .addShutdownHook(new Thread(interruption::interrupt, "holdfast interruption"));
    return interruption;
  }

  /** The command has ended: the JVM may shut down. */
  void commandEnded() {
    ended.countDown();
  }

  void interrupt() {
    if (ended.getCount() == 0) {
      return;
    }
    runner.interrupt();
    try {
      if (!ended.await(CLEAN_UP_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("holdfast: ended before it could clean up; the next one in does");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
