package dev.holdfast.resource.pool;

import java.util.concurrent.CompletableFuture;

/**
 * A manager in use, and how many of its objects and creations are not over yet. Guarded by the
 * exchange's lock.
 */
final class Source<T> {
  final ConnectionManager<T> manager;

  /** Whether the manager says how to recycle; if not, a returned object needs no thread. */
  final boolean recycles;

  final CompletableFuture<Void> gone = new CompletableFuture<>();
  int objects;
  boolean replaced;

  Source(ConnectionManager<T> manager) {
    this.manager = manager;
    this.recycles = overridesRecycle(manager.getClass());
  }

  private static boolean overridesRecycle(Class<?> type) {
    try {
      return type.getMethod("recycle", Object.class).getDeclaringClass() != ConnectionManager.class;
    } catch (NoSuchMethodException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
