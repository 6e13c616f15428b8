package dev.holdfast.resource.pool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** How far a shutdown has come. Guarded by the exchange's lock. */
final class Closing {
  final CompletableFuture<ShutdownReport> report = new CompletableFuture<>();
  final List<Loan> forced = new ArrayList<>();
  private final long beganNanos;
  private final int resting;
  private final int refused;
  int returned;
  int abandoned;
  boolean finished;

  /**
   * @param resting objects that nobody had
   * @param refused borrowers that were waiting
   */
  Closing(long now, int resting, int refused) {
    this.beganNanos = now;
    this.resting = resting;
    this.refused = refused;
  }

  ShutdownReport report(long now) {
    return new ShutdownReport(
        resting,
        returned,
        forced.size(),
        List.copyOf(forced),
        abandoned,
        refused,
        Duration.ofNanos(now - beganNanos));
  }
}
