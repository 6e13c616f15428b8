package dev.holdfast.sync;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where in a program a thread asked for a lock.
 *
 * @param thread its name
 * @param stack taken there; its frames are only looked at for a report
 */
record OrderSite(String thread, Throwable stack) {
  private static final int FRAMES_MAX = 8;

  /** Their frames tell nothing to who looks for the order. */
  private static final Set<String> OURS =
      Stream.of(
              OrderSite.class,
              OrderGraph.class,
              LockCore.class,
              Mutex.class,
              MutexCore.class,
              MutexCondition.class,
              LockTransaction.class,
              ReadWriteLock.class,
              ReadWriteCore.class,
              CoreWriteHold.class,
              Semaphore.class,
              SemaphoreCore.class)
          .map(Class::getName)
          .collect(Collectors.toSet());

  static OrderSite here() {
    return new OrderSite(Thread.currentThread().getName(), new Throwable());
  }

  /** For a report: one order, and where it was taken. */
  String describe(String when, LockClass before, LockClass after) {
    return "\n  %s: %s before %s, thread %s\n%s".formatted(when, before, after, thread, frames());
  }

  private String frames() {
    StackTraceElement[] all = stack.getStackTrace();
    int first = 0;
    while (first < all.length - 1 && isOurs(all[first])) {
      first++;
    }
    return Arrays.stream(all)
        .skip(first)
        .limit(FRAMES_MAX)
        .map(frame -> "    at " + frame)
        .collect(Collectors.joining("\n"));
  }

  private static boolean isOurs(StackTraceElement frame) {
    int nested = frame.getClassName().indexOf('$');
    return OURS.contains(
        nested < 0 ? frame.getClassName() : frame.getClassName().substring(0, nested));
  }
}
