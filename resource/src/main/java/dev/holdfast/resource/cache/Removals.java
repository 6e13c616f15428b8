package dev.holdfast.resource.cache;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one operation removed: noted under the lock, told to the listener after it.
 *
 * <p>Sharing: one operation of one thread.
 */
final class Removals<K, V> {
  private record Removal<K, V>(K key, V value, RemovalCause cause) {}

  private final @Nullable RemovalListener<? super K, ? super V> listener;
  private @Nullable List<Removal<K, V>> removed;

  Removals(@Nullable RemovalListener<? super K, ? super V> listener) {
    this.listener = listener;
  }

  void add(Entry<K, V> entry, RemovalCause cause) {
    if (listener != null) {
      if (removed == null) {
        removed = new ArrayList<>(4);
      }
      removed.add(new Removal<>(entry.key(), entry.value(), cause));
    }
  }

  /** Tells the listener; what it throws goes to the failures, and the rest is told all the same. */
  void tell(Failures failures) {
    if (listener == null || removed == null) {
      return;
    }
    for (Removal<K, V> removal : removed) {
      try {
        listener.onRemoval(removal.key, removal.value, removal.cause);
      } catch (RuntimeException | Error failure) {
        failures.listenerFailed(failure);
      }
    }
    removed = null;
  }

  /** Who counts what listeners throw. */
  @FunctionalInterface
  interface Failures {
    void listenerFailed(Throwable failure);
  }
}
