package dev.holdfast.sync;

import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the threads of this process that want the same lock queue, so that one of them at a time
 * waits for it in shared memory.
 *
 * <p><b>Sharing.</b> Threads of this process, platform or virtual; a waiting one parks in Java.
 *
 * <p><b>Cost.</b> Nothing while nobody of this process waits; O(log n) to queue.
 */
final class LocalGate {
  private static final long CAP_NANOS = 500_000_000;

  private static final class Place implements Comparable<Place> {
    final Thread thread = Thread.currentThread();
    final Priority priority;
    final long arrival;
    final long ticket;
    volatile boolean admitted;

    Place(Priority priority, long arrival, long ticket) {
      this.priority = priority;
      this.arrival = arrival;
      this.ticket = ticket;
    }

    @Override
    public int compareTo(Place other) {
      int byArrival = Long.compare(arrival, other.arrival);
      return byArrival != 0 ? byArrival : Long.compare(ticket, other.ticket);
    }
  }

  private final ReentrantLock guard = new ReentrantLock();
  private final PriorityQueue<Place> queue = new PriorityQueue<>();
  private final LongSupplier clock;
  private boolean taken;
  private long tickets;
  private volatile boolean closed;

  LocalGate(LongSupplier clock) {
    this.clock = clock;
  }

  /**
   * Queues until it is the caller's turn.
   *
   * @return why not; null if it is the caller's turn: then {@link #leave}
   */
  Wait.@Nullable End enter(Wait wait) {
    @Nullable Place place = tryEnterOrQueue(wait);
    if (place == null) {
      return null;
    }
    boolean interrupted = false;
    while (true) {
      if (place.admitted) {
        restore(interrupted);
        return null;
      }
      Wait.@Nullable End end = endOf(wait);
      if (end != null && giveUp(place)) {
        restore(interrupted);
        return end;
      }
      LockSupport.parkNanos(this, Math.min(CAP_NANOS, wait.deadlineNanos() - clock.getAsLong()));
      if (!wait.interruptible()) {
        interrupted |= Thread.interrupted(); // or it would not park again
      }
    }
  }

  private static void restore(boolean interrupted) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private Wait.@Nullable End endOf(Wait wait) {
    if (closed) {
      return Wait.End.CLOSED;
    }
    if (wait.interruptible() && Thread.currentThread().isInterrupted()) {
      return Wait.End.INTERRUPTED;
    }
    return wait.isOver(clock.getAsLong()) ? Wait.End.TIMED_OUT : null;
  }

  private @Nullable Place tryEnterOrQueue(Wait wait) {
    guard.lock();
    try {
      if (!taken) {
        taken = true;
        return null;
      }
      Place place =
          new Place(
              wait.priority(),
              Priority.virtualArrival(wait.since(), wait.priority().level()),
              tickets++);
      queue.add(place);
      return place;
    } finally {
      guard.unlock();
    }
  }

  /** False if it was admitted meanwhile. */
  private boolean giveUp(Place place) {
    guard.lock();
    try {
      return !place.admitted && queue.remove(place);
    } finally {
      guard.unlock();
    }
  }

  /** Lets the next one in. */
  void leave() {
    guard.lock();
    try {
      @Nullable Place next = queue.poll();
      taken = next != null;
      if (next != null) {
        next.admitted = true;
        LockSupport.unpark(next.thread);
      }
    } finally {
      guard.unlock();
    }
  }

  /** Whether somebody of a higher priority queues. */
  boolean isAnybodyAbove(Priority priority) {
    guard.lock();
    try {
      return queue.stream().anyMatch(place -> place.priority.compareTo(priority) > 0);
    } finally {
      guard.unlock();
    }
  }

  /** Sends everybody away. */
  void close() {
    closed = true;
    guard.lock();
    try {
      queue.forEach(place -> LockSupport.unpark(place.thread));
    } finally {
      guard.unlock();
    }
  }
}
