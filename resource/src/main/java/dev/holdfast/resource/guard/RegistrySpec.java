package dev.holdfast.resource.guard;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;

/**
 * How a registry works.
 *
 * @param name appears in messages, thread names and metrics
 * @param policy how resources are cleaned up for which nothing else is said
 * @param concurrency how many clean-ups run at once, not counting those beyond the patience
 * @param patience a clean-up that runs longer no longer counts against the concurrency: the next
 *     one starts, so that one that hangs delays others by at most this
 * @param aging a waiting clean-up rises by one priority each such interval
 * @param leakDetection what is noted about lost guards
 * @param deadLettersMax how many dead letters are kept; beyond it the oldest is dropped
 * @param closeTimeout how long {@link ResourceRegistry#close} waits for clean-ups
 * @param threads makes the threads of clean-ups. Virtual threads unless said otherwise, which
 *     inherit no thread-locals and have the system's class loader; an action that blocks in native
 *     code or computes for long is better off with platform threads. A factory that is given here
 *     may block or fail: it is asked on a thread of the registry's, where nobody waits for it
 */
public record RegistrySpec(
    String name,
    CleanupPolicy policy,
    int concurrency,
    Duration patience,
    Duration aging,
    LeakDetection leakDetection,
    int deadLettersMax,
    Duration closeTimeout,
    ThreadFactory threads) {
  /** Refuses what makes no sense. */
  public RegistrySpec {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(policy, "policy");
    Objects.requireNonNull(leakDetection, "leakDetection");
    Objects.requireNonNull(threads, "threads");
    CleanupPolicy.requirePositive("patience", patience);
    CleanupPolicy.requirePositive("aging", aging);
    CleanupPolicy.requirePositive("closeTimeout", closeTimeout);
    if (concurrency < 1) {
      throw new IllegalArgumentException(
          "nothing could ever be cleaned: registry=%s, concurrency=%d; use at least 1"
              .formatted(name, concurrency));
    }
    if (deadLettersMax < 0) {
      throw new IllegalArgumentException(
          "negative limit: registry=%s, deadLettersMax=%d; 0 keeps none"
              .formatted(name, deadLettersMax));
    }
  }

  /**
   * The standard policy, 64 at once, 20 ms of patience, aging each second, SAMPLED, 1,000 dead
   * letters, 30 s to close.
   */
  public static RegistrySpec named(String name) {
    return new RegistrySpec(
        name,
        CleanupPolicy.standard(),
        64,
        Duration.ofMillis(20),
        Duration.ofSeconds(1),
        LeakDetection.SAMPLED,
        1_000,
        Duration.ofSeconds(30),
        new OwnThreads(name));
  }

  /** With that policy for resources for which nothing else is said. */
  public RegistrySpec policy(CleanupPolicy changed) {
    return with(changed, concurrency, patience, aging, leakDetection, deadLettersMax, closeTimeout);
  }

  /** With that many clean-ups at once. */
  public RegistrySpec concurrency(int changed) {
    return with(policy, changed, patience, aging, leakDetection, deadLettersMax, closeTimeout);
  }

  /** With that patience. */
  public RegistrySpec patience(Duration changed) {
    return with(policy, concurrency, changed, aging, leakDetection, deadLettersMax, closeTimeout);
  }

  /** With that aging interval. */
  public RegistrySpec aging(Duration changed) {
    return with(
        policy, concurrency, patience, changed, leakDetection, deadLettersMax, closeTimeout);
  }

  /** With that leak detection. */
  public RegistrySpec leakDetection(LeakDetection changed) {
    return with(policy, concurrency, patience, aging, changed, deadLettersMax, closeTimeout);
  }

  /** With that many dead letters at most. */
  public RegistrySpec deadLettersMax(int changed) {
    return with(policy, concurrency, patience, aging, leakDetection, changed, closeTimeout);
  }

  /** With that time to close. */
  public RegistrySpec closeTimeout(Duration changed) {
    return with(policy, concurrency, patience, aging, leakDetection, deadLettersMax, changed);
  }

  /** With clean-ups on threads from there. */
  public RegistrySpec threads(ThreadFactory changed) {
    return new RegistrySpec(
        name,
        policy,
        concurrency,
        patience,
        aging,
        leakDetection,
        deadLettersMax,
        closeTimeout,
        changed);
  }

  private RegistrySpec with(
      CleanupPolicy newPolicy,
      int newConcurrency,
      Duration newPatience,
      Duration newAging,
      LeakDetection newLeakDetection,
      int newDeadLettersMax,
      Duration newCloseTimeout) {
    return new RegistrySpec(
        name,
        newPolicy,
        newConcurrency,
        newPatience,
        newAging,
        newLeakDetection,
        newDeadLettersMax,
        newCloseTimeout,
        threads);
  }
}
