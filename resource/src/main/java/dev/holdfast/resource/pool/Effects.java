package dev.holdfast.resource.pool;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done once the exchange's lock is open again: wake, start calls, report. All of it
 * is done, whatever one of them throws (a log's handler, say); the first failure is thrown at the
 * end.
 */
final class Effects {
  private final List<Runnable> later = new ArrayList<>();

  void add(Runnable effect) {
    later.add(effect);
  }

  void run() {
    RuntimeException first = null;
    for (Runnable effect : later) {
      first = attempt(effect, first);
    }
    if (first != null) {
      throw first;
    }
  }

  private static @Nullable RuntimeException attempt(
      Runnable effect, @Nullable RuntimeException first) {
    try {
      effect.run();
      return first;
    } catch (RuntimeException failure) {
      if (first == null) {
        return failure;
      }
      first.addSuppressed(failure);
      return first;
    }
  }
}
