package dev.holdfast.resource.pool;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One call of a manager's method, on a thread of its own and under a deadline. It is answered
 * exactly once: with what the method returned, with what it threw, or at the deadline with a
 * TimeoutException. What it returns after that goes to {@code late}. A call that was answered
 * before its thread came to run is left out, unless it must happen: an object has to be destroyed
 * even so.
 */
final class Call<R> {
  /** A method of a manager. */
  interface Body<R> {
    @Nullable R run() throws Exception;
  }

  private final PoolEnvironment environment;
  private final String what;
  private final Body<R> body;
  private final BiConsumer<@Nullable R, @Nullable Throwable> answer;
  private final @Nullable Consumer<R> late; // none: the call must happen
  private final AtomicBoolean answered = new AtomicBoolean();
  private volatile @Nullable Thread runner;
  private volatile boolean withdrawn;
  private volatile PoolEnvironment.@Nullable Timer deadline;

  Call(
      PoolEnvironment environment,
      String what,
      Body<R> body,
      BiConsumer<@Nullable R, @Nullable Throwable> answer,
      @Nullable Consumer<R> late) {
    this.environment = environment;
    this.what = what;
    this.body = body;
    this.answer = answer;
    this.late = late;
  }

  void start(long timeoutNanos) {
    try {
      deadline = environment.after(timeoutNanos, () -> expire(timeoutNanos));
    } finally { // no memory for a deadline: better without one than never
      environment.startSurely(this::run);
    }
  }

  /** Answers with that failure now, if there is no answer yet, and interrupts the method. */
  void abort(Throwable failure) {
    if (answered.compareAndSet(false, true)) {
      cancelDeadline();
      Thread running = runner;
      if (running != null) {
        running.interrupt();
      }
      answer.accept(null, failure);
    }
  }

  /** Interrupts the method, or leaves it out; the answer comes as ever, by the deadline. */
  void withdraw() {
    withdrawn = true;
    Thread running = runner;
    if (running != null) {
      running.interrupt();
    }
  }

  private void expire(long timeoutNanos) {
    abort(
        new TimeoutException(
            "%s took too long: timeoutMillis=%d; it was interrupted and is no longer waited for"
                .formatted(what, TimeUnit.NANOSECONDS.toMillis(timeoutNanos))));
  }

  @SuppressWarnings("Interruption") // runs on a thread that ends with it
  private void run() {
    runner = Thread.currentThread();
    if (answered.get() && late != null) {
      return;
    }
    R result = null;
    Throwable failure = null;
    try {
      result = withdrawn ? null : body.run();
    } catch (Throwable thrown) {
      failure = thrown;
    }
    runner = null;
    if (answered.compareAndSet(false, true)) {
      cancelDeadline();
      answer.accept(result, failure);
    } else if (result != null && late != null) {
      late.accept(result);
    }
  }

  private void cancelDeadline() {
    PoolEnvironment.Timer timer = deadline;
    if (timer != null) {
      timer.cancel();
    }
  }
}
