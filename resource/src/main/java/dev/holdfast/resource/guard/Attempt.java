package dev.holdfast.resource.guard;

import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** One run of a clean-up action. Guarded by the lock of {@link Cleanups}. */
final class Attempt<T> {
  final Entry<T> entry;
  final Thread thread;
  final boolean expired; // a retry whose turn came only after the time-out: does not act
  boolean holdsSlot = true;
  boolean ended;
  boolean givenUp;
  @Nullable Future<?> alarm;

  Attempt(Entry<T> entry, Thread thread, boolean expired) {
    this.entry = entry;
    this.thread = thread;
    this.expired = expired;
  }
}
