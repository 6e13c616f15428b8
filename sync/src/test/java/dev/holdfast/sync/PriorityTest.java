package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One of high priority among many of low priority who never stop coming. What counts is how many
 * were served between its arrival and its turn, by the lock's own count.
 */
@Timeout(120)
class PriorityTest extends LocksTestBase {
  private static final int FLOOD = 6;
  private static final int ROUNDS = 10;

  /** Longer than a lock lets newcomers go first. */
  private static final long HELD_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** Where the flood comes from, and what for. */
  enum Flood {
    /** From other processes, for a lock that serves in strict order. */
    FAIR_ELSEWHERE(true, false),
    /** From other processes, for a lock that newcomers may take first. */
    ELSEWHERE(false, false),
    /** From the process of the one of high priority. */
    FAIR_HERE(true, true),
    HERE(false, true);

    private final boolean fair;
    private final boolean here;

    Flood(boolean fair, boolean here) {
      this.fair = fair;
      this.here = here;
    }
  }

  /**
   * Each holds the lock until the one of high priority waits, and then for longer than newcomers
   * may go first: its release hands over to the first in order.
   */
  @ParameterizedTest
  @EnumSource(Flood.class)
  void critical_amongAFloodOfLow_isOvertakenByFewerThanThoseWaiting(Flood flood) {
    Locks here = locks();
    Locks.MutexOption[] options =
        flood.fair ? new Locks.MutexOption[] {Locks.MutexOption.FAIR} : new Locks.MutexOption[0];
    Mutex mutex = here.mutex("m", options);
    AtomicBoolean over = new AtomicBoolean();
    List<Future<?>> all = new ArrayList<>();
    List<Long> overtakes = new ArrayList<>();
    Hold first = mutex.hold();
    for (int i = 0; i < FLOOD; i++) {
      Locks locks = flood.here ? here : locks();
      all.add(run(() -> come(locks.mutex("m").at(Priority.LOW), over)));
    }
    awaitWaiters(here, "m", flood.here ? 1 : FLOOD);
    first.close();
    while (overtakes.size() < ROUNDS) {
      overtakesOf(here, mutex).ifPresent(overtakes::add);
    }
    over.set(true);
    all.forEach(LocksTestBase::get);

    assertThat(overtakes.stream().mapToLong(Long::longValue).sum())
        .as("overtakes by round: %s", overtakes)
        .isLessThan((long) ROUNDS * FLOOD / 2);
  }

  /** Holds it for a while, again and again: the lock is never free for long. */
  private static void come(Mutex mutex, AtomicBoolean over) {
    while (!over.get()) {
      try (Hold _ = mutex.hold()) {
        holdOn();
      }
    }
  }

  private static void holdOn() {
    long until = System.nanoTime() + HELD_NANOS;
    while (System.nanoTime() < until) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
  }

  /**
   * How many got the lock after the one of high priority was seen waiting for it; empty if it had
   * it before it was seen.
   */
  private OptionalLong overtakesOf(Locks locks, Mutex mutex) {
    long[] token = new long[1];
    Thread waiter =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try (Hold held = mutex.at(Priority.CRITICAL).hold(Duration.ofMinutes(1))) {
                token[0] = held.token();
              }
            });
    await(() -> waits(locks, waiter) || !waiter.isAlive());
    boolean seenWaiting = waiter.isAlive();
    long seen = token(locks);
    try {
      waiter.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return seenWaiting && token[0] > seen
        ? OptionalLong.of(token[0] - seen - 1)
        : OptionalLong.empty();
  }

  /** In its process's queue, or in shared memory. */
  private static boolean waits(Locks locks, Thread waiter) {
    return LockSupport.getBlocker(waiter) instanceof LocalGate
        || locks.users().stream()
            .anyMatch(user -> user.priority() == Priority.CRITICAL && user.waitsFor().isPresent());
  }

  private static long token(Locks locks) {
    return locks.list().getFirst().token();
  }
}
