package dev.holdfast.resource.cache;

import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The load of one key, under way: one thread runs it, the others that miss the key wait for it.
 *
 * <p>A thread that would wait for itself, through however many other threads, is told so instead.
 * Each notes what it waits for before it looks along the chain, so that of those that close a
 * circle the last one sees it.
 */
final class Load<V> {
  private static final Map<Thread, Load<?>> WAITING = new ConcurrentHashMap<>();

  private final CompletableFuture<@Nullable V> result = new CompletableFuture<>();
  private Thread owner = Thread.currentThread();

  /** Another thread will run it. Before any thread can find it. */
  void runIn(Thread other) {
    owner = other;
  }

  void complete(@Nullable V value) {
    result.complete(value);
  }

  void fail(Throwable failure) {
    result.completeExceptionally(failure);
  }

  /** The loaded value. */
  V await(Object key) {
    V value = awaitIfAny(key);
    if (value == null) {
      throw new CacheLoadException(
          "the bulk load that another thread runs gave no value: key=" + key,
          new NoSuchElementException("key=" + key));
    }
    return value;
  }

  /** The loaded value, or null if a bulk load found none. */
  @Nullable V awaitIfAny(Object key) {
    if (!result.isDone()) {
      Thread waiter = Thread.currentThread();
      // A loader may load another key: the thread then waits for the inner load first.
      WAITING.put(waiter, this);
      try {
        requireNoCircle(waiter, key);
        awaitDone();
      } finally {
        WAITING.remove(waiter);
      }
    }
    return outcome(key);
  }

  private void awaitDone() {
    try {
      result.join();
    } catch (CompletionException reportedByOutcome) {
      // the same failure comes with the key from there
    }
  }

  private @Nullable V outcome(Object key) {
    try {
      return result.join();
    } catch (CompletionException failed) {
      Throwable cause = failed.getCause() == null ? failed : failed.getCause();
      throw new CacheLoadException("load failed in another thread: key=" + key, cause);
    }
  }

  private void requireNoCircle(Thread waiter, Object key) {
    Load<?> load = this;
    while (load != null && !load.result.isDone()) {
      if (load.owner.equals(waiter)) {
        throw new IllegalStateException(
            "a load waits for itself: key=%s, thread=%s; a loader must not ask for a key that is loaded on its behalf"
                .formatted(key, waiter));
      }
      load = WAITING.get(load.owner);
    }
  }
}
