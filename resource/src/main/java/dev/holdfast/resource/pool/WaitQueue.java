package dev.holdfast.resource.pool;

import org.jspecify.annotations.Nullable;

/**
 * The borrowers that wait, in the order in which they came. Guarded by the exchange's lock; every
 * operation is O(1), leaving from the middle too, but for the search for one without a check, which
 * passes those with one: no more than there are objects.
 */
final class WaitQueue<T> {
  private @Nullable Waiter<T> first;
  private @Nullable Waiter<T> last;
  private int size;

  void add(Waiter<T> waiter) {
    waiter.before = last;
    if (last == null) {
      first = waiter;
    } else {
      last.after = waiter;
    }
    last = waiter;
    waiter.queued = true;
    size++;
  }

  @Nullable Waiter<T> poll() {
    Waiter<T> waiter = first;
    if (waiter != null) {
      remove(waiter);
    }
    return waiter;
  }

  /** Whether the waiter was still in line. */
  boolean remove(Waiter<T> waiter) {
    if (!waiter.queued) {
      return false;
    }
    Waiter<T> before = waiter.before;
    Waiter<T> after = waiter.after;
    if (before == null) {
      first = after;
    } else {
      before.after = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.before = before;
    }
    waiter.before = null;
    waiter.after = null;
    waiter.queued = false;
    size--;
    return true;
  }

  /** The first for whom no object is being checked. */
  @Nullable Waiter<T> firstWithoutCheck() {
    Waiter<T> waiter = first;
    while (waiter != null && waiter.hasCheck) {
      waiter = waiter.after;
    }
    return waiter;
  }

  @Nullable Waiter<T> last() {
    return last;
  }

  boolean isEmpty() {
    return first == null;
  }

  int size() {
    return size;
  }
}
