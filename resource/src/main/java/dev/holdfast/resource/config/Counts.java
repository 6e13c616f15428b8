package dev.holdfast.resource.config;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** What a pipeline counts; read without its lock, so that subscribers may. */
final class Counts {
  final AtomicLong applied = new AtomicLong();
  final AtomicLong unchanged = new AtomicLong();
  final AtomicLong rejected = new AtomicLong();
  final AtomicLong vetoed = new AtomicLong();
  final AtomicLong rollbacks = new AtomicLong();
  private final AtomicLong attempts = new AtomicLong();
  private final AtomicLong nanos = new AtomicLong();

  void add(ReloadOutcome<?> outcome, long nanosOfIt) {
    attempts.incrementAndGet();
    nanos.addAndGet(nanosOfIt);
    switch (outcome) {
      case ReloadOutcome.Applied<?> _ -> applied.incrementAndGet();
      case ReloadOutcome.Unchanged<?> _ -> unchanged.incrementAndGet();
      case ReloadOutcome.Rejected<?> _ -> rejected.incrementAndGet();
      case ReloadOutcome.RollingOut<?> _ -> {} // counted when it ends
    }
  }

  ConfigStatistics with(Subscribers<?> subscribers) {
    return new ConfigStatistics(
        applied.get(),
        unchanged.get(),
        rejected.get(),
        vetoed.get(),
        rollbacks.get(),
        subscribers.failures(),
        subscribers.count(),
        attempts.get(),
        Duration.ofNanos(nanos.get()));
  }
}
