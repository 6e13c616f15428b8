package dev.holdfast.resource.cache;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A clock that a test moves; it starts shortly before the numbers wrap. */
final class FakeClock implements LongSupplier {
  private static final long START = Long.MAX_VALUE - Duration.ofMinutes(1).toNanos();

  private final AtomicLong nanos = new AtomicLong(START);

  @Override
  public long getAsLong() {
    return nanos.get();
  }

  long sinceStart() {
    return nanos.get() - START;
  }

  void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }
}
