package dev.holdfast.resource.pool;

import java.util.ArrayList;
import java.util.List;

/** What is to be done once the exchange's lock is open again: wake, start calls, report. */
final class Effects {
  private final List<Runnable> later = new ArrayList<>();

  void add(Runnable effect) {
    later.add(effect);
  }

  void run() {
    for (Runnable effect : later) {
      effect.run();
    }
  }
}
