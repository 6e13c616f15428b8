package dev.holdfast.resource.pool;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One borrower in line. Under the exchange's lock it is either queued or answered, once and for
 * all; so a time-out that races with a hand-off finds either its place or its object.
 */
abstract sealed class Waiter<T> {
  final long sinceNanos;
  final Thread borrower = Thread.currentThread();
  final @Nullable Throwable stack;

  @Nullable Waiter<T> before;
  @Nullable Waiter<T> after;
  boolean queued;
  boolean hasCheck; // an object is being checked because of this borrower

  private volatile @Nullable Object answer; // a Pooled<T> or a Refusal

  Waiter(long now, @Nullable Throwable stack) {
    this.sinceNanos = now;
    this.stack = stack;
  }

  /** Under the lock. */
  final void grant(Pooled<T> guard) {
    answer = guard;
  }

  /** Under the lock. */
  final void refuse(Refusal refusal) {
    answer = refusal;
  }

  final boolean isAnswered() {
    return answer != null;
  }

  final boolean isRefused() {
    return answer instanceof Refusal;
  }

  @SuppressWarnings("unchecked") // only grant and refuse write it
  final Pooled<T> guardOrThrow() {
    Object given = answer;
    if (given instanceof Refusal refusal) {
      throw refusal.toException();
    }
    if (given == null) {
      throw new AssertionError("woken without an answer");
    }
    return (Pooled<T>) given;
  }

  /** After unlocking. */
  abstract void wake();

  /** A thread that sleeps until it is served. */
  static final class Parked<T> extends Waiter<T> {
    Parked(long now, @Nullable Throwable stack) {
      super(now, stack);
    }

    @Override
    void wake() {
      LockSupport.unpark(borrower);
    }

    /** Sleeps until answered, interrupted or late; the deadline is absolute. */
    Pooled<T> await(Exchange<T> exchange, long timeoutNanos) throws InterruptedException {
      boolean interrupted = false;
      while (!isAnswered()) {
        long left = timeoutNanos - (exchange.nanoTime() - sinceNanos);
        interrupted = Thread.interrupted();
        if (interrupted && exchange.leaveInterrupted(this)) {
          throw new InterruptedException("interrupted while waiting for an object of a pool");
        } else if (left <= 0) {
          exchange.leaveLate(this);
        } else if (!interrupted) {
          LockSupport.parkNanos(exchange, left);
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt(); // served all the same: the caller may look
      }
      return guardOrThrow();
    }
  }

  /** A future that is completed on a thread of its own, never by whoever gives an object back. */
  static final class Promised<T> extends Waiter<T> {
    private final CompletableFuture<Pooled<T>> future;
    private final PoolEnvironment environment;

    Promised(
        long now,
        @Nullable Throwable stack,
        CompletableFuture<Pooled<T>> future,
        PoolEnvironment environment) {
      super(now, stack);
      this.future = future;
      this.environment = environment;
    }

    @Override
    void wake() {
      environment.startSurely(this::deliver);
    }

    private void deliver() {
      try {
        Pooled<T> guard = guardOrThrow();
        if (!future.complete(guard)) {
          guard.close(); // cancelled meanwhile: the next in line has it
        }
      } catch (Throwable refused) {
        future.completeExceptionally(refused);
      }
    }
  }
}
