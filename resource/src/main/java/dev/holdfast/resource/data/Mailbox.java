package dev.holdfast.resource.data;

import dev.holdfast.region.Subscription;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The versions that one subscriber has yet to be told, and the thread that tells them while there
 * are any.
 *
 * <p>Publishers store first and tell afterwards, so that versions may arrive out of order: EVERY
 * waits for the one that is next. A publisher that dies in between, by an Error, leaves a gap; it
 * is skipped like any other lag once {@link #LAG_MAX} versions wait behind it.
 */
final class Mailbox<T> implements Subscription {
  static final int LAG_MAX = 10_000;
  private static final System.Logger LOG = System.getLogger(SharedData.class.getName());

  private final Listeners<T> listeners;
  private final Consumer<? super Snapshot<T>> listener;
  private final Delivery delivery;

  private final ReentrantLock lock = new ReentrantLock();
  private final PriorityQueue<Snapshot<T>> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Snapshot::version));
  private long next;
  private boolean started;
  private boolean telling;
  private volatile boolean closed;

  Mailbox(Listeners<T> listeners, Consumer<? super Snapshot<T>> listener, Delivery delivery) {
    this.listeners = listeners;
    this.listener = listener;
    this.delivery = delivery;
  }

  /** From here on it is told what is newer than that; what was offered before is looked at now. */
  void startAfter(long version) {
    boolean start;
    lock.lock();
    try {
      started = true;
      next = Math.max(next, version + 1); // it may have skipped some already
      waiting.removeIf(early -> early.version() <= version);
      start = claimTelling();
    } finally {
      lock.unlock();
    }
    if (start) {
      startTelling();
    }
  }

  void offer(Snapshot<T> snapshot) {
    boolean start;
    lock.lock();
    try {
      if (closed || snapshot.version() < next) {
        return; // LATEST has been told a newer one
      }
      waiting.add(snapshot);
      if (waiting.size() > (delivery == Delivery.EVERY ? LAG_MAX : 1)) {
        skipToNewest();
      }
      start = claimTelling();
    } finally {
      lock.unlock();
    }
    if (start) {
      startTelling();
    }
  }

  private void skipToNewest() {
    while (waiting.size() > 1) {
      waiting.remove();
      listeners.skipped.increment();
    }
    next = waiting.element().version();
  }

  private boolean claimTelling() {
    boolean claimed = !telling && isDue();
    telling |= claimed;
    return claimed;
  }

  private boolean isDue() {
    Snapshot<T> head = waiting.peek();
    return started && head != null && (delivery == Delivery.LATEST || head.version() == next);
  }

  private void startTelling() {
    try {
      Thread.ofVirtual().name("holdfast-shared-data").start(this::tellAll);
    } catch (Throwable failure) { // no memory for a thread: the next version tries again
      lock.lock();
      try {
        telling = false;
      } finally {
        lock.unlock();
      }
      LOG.log(System.Logger.Level.WARNING, "subscriber cannot be told now", failure);
    }
  }

  private void tellAll() {
    for (Snapshot<T> due = takeDue(); due != null; due = takeDue()) {
      try {
        listener.accept(due);
      } catch (Throwable failure) { // the subscriber's own affair: the next version is told
        listeners.failures.increment();
        LOG.log(
            System.Logger.Level.WARNING,
            "subscriber failed: version=%d; it is told the next one".formatted(due.version()),
            failure);
      }
      listeners.delivered.increment();
    }
  }

  private @Nullable Snapshot<T> takeDue() {
    lock.lock();
    try {
      if (closed || !isDue()) {
        telling = false;
        return null;
      }
      Snapshot<T> due = waiting.remove();
      next = due.version() + 1;
      return due;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    listeners.remove(this);
    closed = true;
    lock.lock();
    try {
      waiting.clear();
    } finally {
      lock.unlock();
    }
  }
}
