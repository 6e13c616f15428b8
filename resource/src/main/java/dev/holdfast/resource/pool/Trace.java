package dev.holdfast.resource.pool;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;

/** A loan that is followed closely: where it began, and a notice if its guard is lost unclosed. */
final class Trace<T> extends PhantomReference<Pooled<T>> {
  final Entry<T> entry;
  final long ticket;
  final Throwable stack;

  Trace(Pooled<T> guard, Throwable stack, ReferenceQueue<Pooled<T>> lost) {
    super(guard, lost);
    this.entry = guard.entry;
    this.ticket = guard.ticket;
    this.stack = stack;
  }
}
