package dev.holdfast.resource.pool;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * Sizes, time-outs and habits of a pool. Immutable: each method returns a changed copy. Every
 * default is finite: no call on a pool waits for ever unless told so.
 *
 * <pre>{@code
 * PoolSpec.named("orders").max(32).minIdle(4).acquireTimeout(Duration.ofSeconds(2))
 * }</pre>
 */
public final class PoolSpec implements Cloneable {
  private final String name;
  private int max = 8;
  private int minIdle;
  private int maxWaiters = 10_000;
  private int parallelCreations = 1;
  private Duration acquireTimeout = Duration.ofSeconds(30);
  private Duration createTimeout = Duration.ofSeconds(10);
  private Duration recycleTimeout = Duration.ofSeconds(5);
  private Duration validateAfterIdle = Duration.ofMillis(500);
  private Duration idleTimeout = Duration.ofMinutes(10);
  private Duration lifetime = Duration.ofMinutes(30);
  private double lifetimeJitter = 0.1;
  private Duration healthCheck = Duration.ofSeconds(30);
  private double healthCheckJitter = 0.1;
  private Duration backOffFirst = Duration.ofMillis(100);
  private Duration backOffMost = Duration.ofSeconds(5);
  private int breakerFailures = 3;
  private Duration leakAfter = Duration.ZERO;
  private int traceEvery;
  private Duration closeGrace = Duration.ofSeconds(10);

  private PoolSpec(String name) {
    this.name = name;
  }

  /**
   * A pool of at most 8 objects that keeps none in reserve. The name stands in messages, metrics
   * and thread names.
   *
   * @throws IllegalArgumentException if the name is blank
   */
  public static PoolSpec named(String name) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a pool's name is not blank: name='" + name + "'");
    }
    return new PoolSpec(name);
  }

  /**
   * The most objects that exist at one time, those being created or destroyed included (default 8).
   * What was given up at its deadline, or withdrawn as the manager was replaced, is not counted any
   * more, though it may exist on the far side until its call ends.
   */
  public PoolSpec max(int objects) {
    require(objects >= 1, "max", objects, "at least 1");
    return with(copy -> copy.max = objects);
  }

  /** How many objects to keep ready beyond those lent (default 0); {@code max} goes before. */
  public PoolSpec minIdle(int objects) {
    require(objects >= 0, "minIdle", objects, "at least 0");
    return with(copy -> copy.minIdle = objects);
  }

  /** How many borrowers may wait; the next one is refused at once (default 10,000). */
  public PoolSpec maxWaiters(int waiters) {
    require(waiters >= 0, "maxWaiters", waiters, "at least 0");
    return with(copy -> copy.maxWaiters = waiters);
  }

  /**
   * How many objects may be in creation at one time while all is well (default 1); after a failure
   * it is always one.
   */
  public PoolSpec parallelCreations(int creations) {
    require(creations >= 1, "parallelCreations", creations, "at least 1");
    return with(copy -> copy.parallelCreations = creations);
  }

  /** How long {@link ObjectPool#acquire()} waits (default 30 s). */
  public PoolSpec acquireTimeout(Duration timeout) {
    requirePositive("acquireTimeout", timeout);
    return with(copy -> copy.acquireTimeout = timeout);
  }

  /** How long {@link ConnectionManager#create} may take (default 10 s). */
  public PoolSpec createTimeout(Duration timeout) {
    requirePositive("createTimeout", timeout);
    return with(copy -> copy.createTimeout = timeout);
  }

  /** How long validating, recycling and destroying may take, each (default 5 s). */
  public PoolSpec recycleTimeout(Duration timeout) {
    requirePositive("recycleTimeout", timeout);
    return with(copy -> copy.recycleTimeout = timeout);
  }

  /**
   * Objects that lay idle longer are validated before they are lent (default 500 ms; zero: whenever
   * they lay idle at all). Counted from when the object was last handed out or checked, to within a
   * tenth of the time, 50 ms at most.
   */
  public PoolSpec validateAfterIdle(Duration idle) {
    requireNotNegative("validateAfterIdle", idle);
    return with(copy -> copy.validateAfterIdle = idle);
  }

  /**
   * Objects idle for longer are destroyed, {@code minIdle} excepted (default 10 min; zero: never).
   */
  public PoolSpec idleTimeout(Duration idle) {
    requireNotNegative("idleTimeout", idle);
    return with(copy -> copy.idleTimeout = idle);
  }

  /**
   * Objects older than this are not lent again; looked at when idle and when given back (default 30
   * min less up to 10 %; zero: never).
   *
   * @param jitter each object's life is shortened by a random share of at most this, drawn once
   *     when it is made, so that objects made together do not end together
   */
  public PoolSpec lifetime(Duration most, double jitter) {
    requireNotNegative("lifetime", most);
    requireShare(jitter);
    return with(copy -> {
      copy.lifetime = most;
      copy.lifetimeJitter = jitter;
    });
  }

  /**
   * Idle objects are validated this often (default 30 s less up to 10 %; zero: never), one at a
   * time and never the only one left while borrowers come.
   *
   * @param jitter each object's interval is shortened by a random share of at most this, drawn once
   */
  public PoolSpec healthCheck(Duration every, double jitter) {
    requireNotNegative("healthCheck", every);
    requireShare(jitter);
    return with(copy -> {
      copy.healthCheck = every;
      copy.healthCheckJitter = jitter;
    });
  }

  /**
   * The pause after a failed creation: {@code first}, doubled with each further failure up to
   * {@code most}, of which a random half to whole is taken (default 100 ms up to 5 s).
   */
  public PoolSpec backOff(Duration first, Duration most) {
    requirePositive("backOff first", first);
    if (most.compareTo(first) < 0) {
      throw new IllegalArgumentException(
          "the longest pause is not below the first: first=%s, most=%s".formatted(first, most));
    }
    return with(copy -> {
      copy.backOffFirst = first;
      copy.backOffMost = most;
    });
  }

  /**
   * After so many failed creations in a row the breaker opens (default 3): borrowers fail at once
   * unless an object is in use that may come back; one creation at a time probes until one
   * succeeds.
   */
  public PoolSpec breakerAfter(int failures) {
    require(failures >= 1, "breakerAfter", failures, "at least 1");
    return with(copy -> copy.breakerFailures = failures);
  }

  /**
   * A loan that lasts longer is reported once: in the log, as a flight recorder event and in the
   * counts (default zero: never). The object stays lent.
   */
  public PoolSpec reportLoansAfter(Duration loan) {
    requireNotNegative("reportLoansAfter", loan);
    return with(copy -> copy.leakAfter = loan);
  }

  /**
   * One loan in so many, picked at random, remembers the borrower's stack, and is ended with a
   * report when its {@link Pooled} is garbage-collected unclosed: the object is destroyed and its
   * place used again (default 0: none; 1: every loan, for hunting a leak).
   */
  public PoolSpec traceEvery(int loans) {
    require(loans >= 0, "traceEvery", loans, "0 for none, or more");
    return with(copy -> copy.traceEvery = loans);
  }

  /**
   * How long {@link ObjectPool#close} waits for lent objects before it takes them (default 10 s).
   */
  public PoolSpec closeGrace(Duration grace) {
    requireNotNegative("closeGrace", grace);
    return with(copy -> copy.closeGrace = grace);
  }

  String name() {
    return name;
  }

  int max() {
    return max;
  }

  int minIdle() {
    return minIdle;
  }

  int maxWaiters() {
    return maxWaiters;
  }

  int parallelCreations() {
    return parallelCreations;
  }

  Duration acquireTimeout() {
    return acquireTimeout;
  }

  Duration closeGrace() {
    return closeGrace;
  }

  int breakerFailures() {
    return breakerFailures;
  }

  int traceEvery() {
    return traceEvery;
  }

  double lifetimeJitter() {
    return lifetimeJitter;
  }

  double healthCheckJitter() {
    return healthCheckJitter;
  }

  long createTimeoutNanos() {
    return nanos(createTimeout);
  }

  long recycleTimeoutNanos() {
    return nanos(recycleTimeout);
  }

  long validateAfterIdleNanos() {
    return nanos(validateAfterIdle);
  }

  long idleTimeoutNanos() {
    return nanos(idleTimeout);
  }

  long lifetimeNanos() {
    return nanos(lifetime);
  }

  long healthCheckNanos() {
    return nanos(healthCheck);
  }

  long backOffFirstNanos() {
    return nanos(backOffFirst);
  }

  long backOffMostNanos() {
    return nanos(backOffMost);
  }

  long leakAfterNanos() {
    return nanos(leakAfter);
  }

  /**
   * How often to look for what time alone changes: an eighth of the shortest time, 10 ms to 1 s.
   */
  long housekeepingNanos() {
    long shortest = nanos(Duration.ofSeconds(8));
    for (Duration time : new Duration[] {idleTimeout, lifetime, healthCheck, leakAfter}) {
      if (!time.isZero()) {
        shortest = Math.min(shortest, nanos(time));
      }
    }
    return Math.max(nanos(Duration.ofMillis(10)), shortest / 8);
  }

  /** A duration in nanoseconds, cut off at 146 years: sums with the clock must not overflow. */
  static long nanos(Duration duration) {
    long most = Long.MAX_VALUE / 2;
    return duration.compareTo(Duration.ofNanos(most)) >= 0 ? most : duration.toNanos();
  }

  private PoolSpec with(Consumer<PoolSpec> change) {
    try {
      PoolSpec copy = (PoolSpec) clone();
      change.accept(copy);
      return copy;
    } catch (CloneNotSupportedException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static void require(boolean allowed, String what, int value, String wanted) {
    if (!allowed) {
      throw new IllegalArgumentException(
          "not allowed for a pool: %s=%d; use %s".formatted(what, value, wanted));
    }
  }

  private static void requirePositive(String what, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException(
          "not allowed for a pool: %s=%s; use more than zero".formatted(what, value));
    }
  }

  private static void requireNotNegative(String what, Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException(
          "not allowed for a pool: %s=%s; use zero or more".formatted(what, value));
    }
  }

  private static void requireShare(double jitter) {
    if (!(jitter >= 0 && jitter < 1)) {
      throw new IllegalArgumentException(
          "not allowed for a pool: jitter=%s; use 0 to below 1".formatted(jitter));
    }
  }
}
