package dev.holdfast.resource.guard;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A resource being opened, and somebody who waits for it. The future is completed once: by the
 * opener with the guard, or by the waiter who gives up. Whoever comes second sees that, so that
 * either the waiter has the guard or the opener closes it.
 */
final class Acquisition<T> implements Runnable {
  private final ResourceRegistry registry;
  private final String name;
  private final Callable<? extends T> opener;
  private final CleanupAction<? super T> action;
  private final CleanupPolicy policy;
  private final @Nullable Trace acquirer;
  private final CompletableFuture<ResourceGuard<T>> result = new CompletableFuture<>();

  Acquisition(
      ResourceRegistry registry,
      String name,
      Callable<? extends T> opener,
      CleanupAction<? super T> action,
      CleanupPolicy policy,
      @Nullable Trace acquirer) {
    this.registry = registry;
    this.name = name;
    this.opener = Objects.requireNonNull(opener, "opener");
    this.action = Objects.requireNonNull(action, "action");
    this.policy = policy;
    this.acquirer = acquirer;
  }

  @Override
  public void run() {
    try {
      T resource = Objects.requireNonNull(opener.call(), "opener gave no resource");
      ResourceGuard<T> guard = registry.guard(name, resource, action, policy, acquirer);
      if (!result.complete(guard)) {
        registry.acquiredLate(guard);
      }
    } catch (Throwable failure) {
      result.completeExceptionally(failure);
    }
  }

  ResourceGuard<T> await(OwnThreads threads, Duration timeout)
      throws InterruptedException, TimeoutException, ExecutionException {
    long timeoutNanos = CleanupPolicy.waitNanos("timeout", timeout);
    Thread thread = threads.newThread(this);
    try {
      thread.start();
    } catch (Throwable noThread) { // which may run all the same
      if (!result.cancel(false) && result.state() == Future.State.SUCCESS) {
        registry.acquiredLate(result.resultNow());
      }
      throw noThread;
    }
    try {
      return result.get(timeoutNanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      if (result.cancel(false)) {
        thread.interrupt();
        throw (TimeoutException)
            new TimeoutException(
                    "resource did not arrive: resource=%s, timeout=%s; if it does it is cleaned up"
                        .formatted(name, timeout))
                .initCause(e);
      }
    } catch (InterruptedException e) {
      if (result.cancel(false)) {
        thread.interrupt();
        throw e;
      }
      Thread.currentThread().interrupt();
    }
    return arrived();
  }

  /** The result came in the moment in which its waiter was about to give up. */
  private ResourceGuard<T> arrived() throws ExecutionException {
    try {
      return result.resultNow();
    } catch (IllegalStateException e) {
      throw new ExecutionException(result.exceptionNow());
    }
  }
}
