package dev.holdfast.worker;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** The calls that wait for a worker, first in, first out; and what else wakes a worker's thread. */
final class CallQueue {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Call> calls = new ArrayDeque<>();
  private boolean closed;

  /** Adds calls; whether the queue was open. */
  boolean addAll(Collection<Call> more) {
    lock.lock();
    try {
      if (!closed) {
        calls.addAll(more);
        changed.signalAll();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a call; empty when the queue was closed, or {@code disturbed} became true. */
  Optional<Call> take(BooleanSupplier disturbed) throws InterruptedException {
    lock.lock();
    try {
      while (calls.isEmpty() && !closed && !disturbed.getAsBoolean()) {
        changed.await();
      }
      return closed ? Optional.empty() : Optional.ofNullable(calls.poll());
    } finally {
      lock.unlock();
    }
  }

  /** Lets all that wait look again. */
  void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the queue; returns the calls that waited. */
  List<Call> close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      List<Call> waiting = new ArrayList<>(calls);
      calls.clear();
      return waiting;
    } finally {
      lock.unlock();
    }
  }
}
