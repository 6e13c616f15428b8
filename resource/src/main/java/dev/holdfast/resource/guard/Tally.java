package dev.holdfast.resource.guard;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts what became of resources, and knows when all that came are out.
 *
 * <p><b>Ordering.</b> Counting one out is a full fence, and so is saying how many there are: the
 * last one out sees that number, or who says it sees the last one out.
 */
final class Tally {
  private static final long OPEN = -1;

  private final Map<GuardState, AtomicLong> ends = new EnumMap<>(GuardState.class);
  private final CountDownLatch allSettled = new CountDownLatch(1);
  private volatile long registered = OPEN;

  Tally() {
    for (GuardState state : GuardState.values()) {
      ends.put(state, new AtomicLong());
    }
  }

  /** Counts one out. */
  void settle(GuardState end) {
    counter(end).incrementAndGet();
    checkAllSettled();
  }

  /** There will be no more than so many. */
  void close(long registeredAtLast) {
    registered = registeredAtLast;
    checkAllSettled();
  }

  boolean isClosed() {
    return registered != OPEN;
  }

  private void checkAllSettled() {
    long all = registered;
    if (all != OPEN && settled() == all) {
      allSettled.countDown();
    }
  }

  /** How many are out. */
  long settled() {
    return ends.values().stream().mapToLong(AtomicLong::get).sum();
  }

  /** Waits until it is closed and all are out. */
  boolean awaitAllSettled(long nanos) throws InterruptedException {
    return allSettled.await(nanos, TimeUnit.NANOSECONDS);
  }

  boolean isAllSettled() {
    return allSettled.getCount() == 0;
  }

  CleanupReport report(long all) {
    return new CleanupReport(
        all,
        counter(GuardState.CLEANED).get(),
        counter(GuardState.FAILED).get(),
        counter(GuardState.TIMED_OUT).get(),
        counter(GuardState.ABANDONED).get(),
        counter(GuardState.DETACHED).get());
  }

  private AtomicLong counter(GuardState end) {
    AtomicLong counter = ends.get(end);
    if (counter == null) {
      throw new AssertionError("no counter for " + end);
    }
    return counter;
  }
}
