package dev.holdfast.resource.guard;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Where closers leave entries for the workers: a stack that is emptied as a whole, and then turned
 * round, so that leaving one is a compare-and-set.
 *
 * <p><b>Time.</b> Reading the clock costs as much as all else. So only who finds the inbox empty
 * reads it; entries that are taken together count as asked for with the first of them, which is
 * never too late, and too early by no more than they lay here.
 *
 * <p><b>Sharing.</b> Anybody puts; {@link #empty} under the lock of {@link Cleanups}.
 *
 * <p><b>Ordering.</b> Putting releases what the closer did and wrote into the entry; emptying
 * acquires it. Both are full fences: who puts into an empty inbox and then sees no worker awake,
 * and a worker who falls asleep and then sees the inbox empty, cannot both be right.
 */
final class Inbox {
  private final AtomicReference<@Nullable Entry<?>> top = new AtomicReference<>();

  /** Whether the inbox was empty. */
  boolean put(Entry<?> entry) {
    while (true) {
      Entry<?> below = top.get();
      entry.next = below;
      if (below == null && entry.askedNanos == Entry.NOT_ASKED) {
        entry.askedNanos = Cleanups.now();
      }
      if (top.compareAndSet(below, entry)) {
        return below == null;
      }
    }
  }

  /** Puts all of them, in their order, at once. */
  boolean putAll(Iterable<? extends Entry<?>> entries) {
    long now = Cleanups.now();
    Entry<?> first = null;
    Entry<?> last = null;
    for (Entry<?> entry : entries) {
      entry.askedNanos = now;
      entry.next = last;
      first = first == null ? entry : first;
      last = entry;
    }
    if (first == null) {
      return false;
    }
    while (true) {
      Entry<?> below = top.get();
      first.next = below;
      if (top.compareAndSet(below, last)) {
        return below == null;
      }
    }
  }

  boolean isEmpty() {
    return top.get() == null;
  }

  /** Moves everything into the queue. */
  void empty(CleanupQueue queue) {
    Entry<?> first = turnRound(top.getAndSet(null));
    long asked = first == null ? 0 : first.askedNanos;
    for (Entry<?> entry = first; entry != null; ) {
      Entry<?> next = entry.next;
      if (entry.askedNanos == Entry.NOT_ASKED) {
        entry.askedNanos = asked;
      }
      asked = entry.askedNanos;
      queue.add(entry, asked);
      entry = next;
    }
  }

  private static @Nullable Entry<?> turnRound(@Nullable Entry<?> last) {
    Entry<?> first = null;
    for (Entry<?> entry = last; entry != null; ) {
      Entry<?> below = entry.next;
      entry.next = first;
      first = entry;
      entry = below;
    }
    return first;
  }
}
