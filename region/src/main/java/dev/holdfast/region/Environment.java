package dev.holdfast.region;

import dev.holdfast.platform.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;

/**
 * All that a space takes from outside itself. Production has one; the crash simulator brings its
 * own, so that the same code runs over a kernel that can be stopped at any step.
 *
 * @param platform the operating system
 * @param pause waits about that many nanoseconds
 * @param realPath resolves an existing directory's path
 * @param watched whether a space starts its watcher thread
 */
record Environment(
    Platform platform, LongConsumer pause, UnaryOperator<String> realPath, boolean watched) {

  static Environment system() {
    return new Environment(
        Platform.current(), LockSupport::parkNanos, Environment::toRealPath, true);
  }

  /** Waits a little longer each time it is asked to: from 20 µs to 1 ms. */
  Backoff backoff() {
    return new Backoff(this);
  }

  /** A wait that grows, with a deadline on the platform's monotonic clock. */
  static final class Backoff {
    private static final long FIRST_NANOS = 20_000;
    private static final long LONGEST_NANOS = 1_000_000;

    private final Environment environment;
    private final long startedAt;
    private long nanos = FIRST_NANOS;

    private Backoff(Environment environment) {
      this.environment = environment;
      this.startedAt = environment.platform().monotonicNanos();
    }

    void pause() {
      environment.pause().accept(nanos);
      nanos = Math.min(2 * nanos, LONGEST_NANOS);
    }

    boolean hasLasted(long timeoutNanos) {
      return environment.platform().monotonicNanos() - startedAt >= timeoutNanos;
    }
  }

  private static String toRealPath(String path) {
    try {
      return Path.of(path).toRealPath().toString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot resolve path=" + path, e);
    }
  }
}
