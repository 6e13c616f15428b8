package dev.holdfast.resource.guard;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts resources in and out, and knows when all that came in are out.
 *
 * <p><b>Ordering.</b> {@code admitted} holds the count and, as its sign, that nobody comes in any
 * more: so the sum is fixed at the moment of closing. A resource's state is counted before {@code
 * settled}; who sees all settled sees every state counted.
 */
final class Tally {
  private static final long CLOSED = Long.MIN_VALUE;

  private final AtomicLong admitted = new AtomicLong();
  private final AtomicLong settled = new AtomicLong();
  private final Map<GuardState, LongAdder> ends = new EnumMap<>(GuardState.class);
  private final CountDownLatch allSettled = new CountDownLatch(1);

  Tally() {
    for (GuardState state : GuardState.values()) {
      ends.put(state, new LongAdder());
    }
  }

  /** Counts one in, unless it is closed. */
  boolean admit() {
    long seen = admitted.get();
    while (seen >= 0) {
      long found = admitted.compareAndExchange(seen, seen + 1);
      if (found == seen) {
        return true;
      }
      seen = found;
    }
    return false;
  }

  /** Counts one out. */
  void settle(GuardState end) {
    counter(end).increment();
    settled.incrementAndGet();
    checkAllSettled();
  }

  /** Lets nobody in any more. */
  void close() {
    admitted.getAndUpdate(count -> count | CLOSED);
    checkAllSettled();
  }

  boolean isClosed() {
    return admitted.get() < 0;
  }

  private void checkAllSettled() {
    long word = admitted.get();
    if (word < 0 && (word & ~CLOSED) == settled.get()) {
      allSettled.countDown();
    }
  }

  /** Waits until it is closed and all are out. */
  boolean awaitAllSettled(long nanos) throws InterruptedException {
    return allSettled.await(nanos, TimeUnit.NANOSECONDS);
  }

  boolean isAllSettled() {
    return allSettled.getCount() == 0;
  }

  CleanupReport report() {
    return new CleanupReport(
        admitted.get() & ~CLOSED,
        counter(GuardState.CLEANED).sum(),
        counter(GuardState.FAILED).sum(),
        counter(GuardState.TIMED_OUT).sum(),
        counter(GuardState.ABANDONED).sum(),
        counter(GuardState.DETACHED).sum());
  }

  private LongAdder counter(GuardState end) {
    LongAdder counter = ends.get(end);
    if (counter == null) {
      throw new AssertionError("no counter for " + end);
    }
    return counter;
  }
}
