package dev.holdfast.worker;

import dev.holdfast.region.Region;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A call of a function, waiting or under way or done.
 *
 * <p><b>Sharing.</b> Any thread may ask and wait.
 *
 * <p><b>Lifetime.</b> Until it is done it holds its array's region by itself, so that the caller
 * may close theirs. An array that came of it belongs to who takes the result; what nobody took is
 * closed with the pool.
 */
public final class Call {
  private final long number;
  private final String function;
  private final NdArray array;
  private final Region hold;
  private final int index;
  private final int count;
  private final CompletableFuture<Result> outcome = new CompletableFuture<>();
  private final Consumer<Call> onTaken;
  private volatile double progress;
  private volatile long pid;

  /**
   * A call that waits.
   *
   * @param hold the call's own, closed when it is done
   * @param onTaken is told when the result needs no more looking after
   */
  Call(
      long number,
      String function,
      NdArray array,
      Region hold,
      int index,
      int count,
      Consumer<Call> onTaken) {
    this.number = number;
    this.function = function;
    this.array = array;
    this.hold = hold;
    this.index = index;
    this.count = count;
    this.onTaken = onTaken;
  }

  /**
   * Waits for the result, as a Java type; see {@link Result#as}.
   *
   * @throws WorkerFailedException if the function raised
   * @throws WorkerDiedException if workers died of it
   * @throws WorkerTimeoutException if the pool's time-out for calls has passed
   * @throws IllegalStateException if the pool was closed, or the result is of another type
   * @throws CancellationException if this thread was interrupted; the call goes on
   */
  public <T> T result(Class<T> type) {
    return await().as(type);
  }

  /** Waits for the result; fails as {@link #result} does. */
  public Result await() {
    try {
      return take(outcome.get());
    } catch (ExecutionException failed) {
      throw failure(failed);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /**
   * Waits for the result, but not longer than that; fails as {@link #result} does.
   *
   * @return empty if it is not done by then; it goes on
   */
  public Optional<Result> await(Duration timeout) {
    try {
      return Optional.of(take(outcome.get(timeout.toNanos(), TimeUnit.NANOSECONDS)));
    } catch (TimeoutException notYet) {
      return Optional.empty();
    } catch (ExecutionException failed) {
      throw failure(failed);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Whether it has ended, well or not. */
  public boolean isDone() {
    return outcome.isDone();
  }

  /** How much of it is done, 0 to 1, as far as the function tells by {@code context.progress}. */
  public double progress() {
    return progress;
  }

  /** The worker that is at it, or was last. */
  public OptionalLong pid() {
    long worker = pid;
    return worker == 0 ? OptionalLong.empty() : OptionalLong.of(worker);
  }

  /** What it is called with. */
  public NdArray array() {
    return array;
  }

  /** Which slice this is, from 0. */
  public int index() {
    return index;
  }

  /** Of how many. */
  public int count() {
    return count;
  }

  /** The name of the function. */
  public String function() {
    return function;
  }

  @Override
  public String toString() {
    return "Call[%s, %s]"
        .formatted(describe(), isDone() ? "done" : "%.0f %%".formatted(100 * progress));
  }

  // ---- for the worker --------------------------------------------------------------------------

  long number() {
    return number;
  }

  String describe() {
    return count == 1
        ? "function=" + function
        : "function=%s, slice=%d of %d".formatted(function, index, count);
  }

  void begin(long worker) {
    progress = 0;
    pid = worker;
  }

  void advance(double fraction) {
    progress = fraction;
  }

  void succeed(Result result) {
    progress = 1;
    hold.close();
    if (!result.isArray()) {
      onTaken.accept(this);
    }
    outcome.complete(result);
  }

  void fail(RuntimeException failure) {
    hold.close();
    onTaken.accept(this);
    outcome.completeExceptionally(failure);
  }

  /** Closes the array that came or will come of it. */
  void discard() {
    onTaken.accept(this);
    var _ = outcome.thenAccept(Result::close);
  }

  private Result take(Result result) {
    onTaken.accept(this);
    return result;
  }

  /** The failure with the waiting thread's own trace, which is where the user looks. */
  private static RuntimeException failure(ExecutionException failed) {
    if (failed.getCause() instanceof RuntimeException cause) {
      cause.addSuppressed(new WaitedHere());
      return cause;
    }
    throw new AssertionError("calls fail with a RuntimeException", failed);
  }

  private CancellationException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    CancellationException gaveUp =
        new CancellationException("interrupted while waiting for a call: " + describe());
    gaveUp.initCause(e);
    return gaveUp;
  }

  /** Shows who waited: the failure itself was made in the worker's thread. */
  private static final class WaitedHere extends Exception {
    private static final long serialVersionUID = 1L;

    WaitedHere() {
      super("the result was awaited here");
    }
  }
}
