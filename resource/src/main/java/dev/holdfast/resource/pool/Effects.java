package dev.holdfast.resource.pool;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done once the exchange's lock is open again: wake, start calls, report. All of it
 * is done, whatever one of them throws; the first failure is thrown at the end.
 */
final class Effects {
  private final List<Runnable> later = new ArrayList<>();

  void add(Runnable effect) {
    later.add(effect);
  }

  void run() {
    Throwable first = null;
    for (Runnable effect : later) {
      first = attempt(effect, first);
    }
    if (first instanceof Error failure) {
      throw failure;
    }
    if (first instanceof RuntimeException failure) {
      throw failure;
    }
  }

  private static @Nullable Throwable attempt(Runnable effect, @Nullable Throwable first) {
    try {
      effect.run();
      return first;
    } catch (Throwable failure) {
      return first == null ? failure : withSuppressed(first, failure);
    }
  }

  private static Throwable withSuppressed(Throwable first, Throwable failure) {
    try {
      first.addSuppressed(failure);
    } catch (Throwable refused) {
      // it is the same one again, or there is no memory: the first is thrown as it is
    }
    return first;
  }
}
