package dev.holdfast.resource.cache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a shard by the time at which they end: a hierarchical timer wheel, after Varghese
 * and Lauck. Scheduling and cancelling take constant time; an entry moves down one level at a time
 * as its end comes near, five times at most.
 *
 * <p>Level 0 has slots of 2^24 ns (17 ms), each further level slots 64 times as long; what ends
 * later than in 208 days stands in the last slot and is looked at again then.
 *
 * <p>Sharing: guarded by the shard's lock.
 */
final class TimerWheel<K, V> {
  static final short NOT_SCHEDULED = -1;
  private static final int SLOT_BITS = 6;
  private static final int SLOTS = 1 << SLOT_BITS;
  private static final int TICK_BITS = 24;
  private static final int LEVELS = 5;

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays have no type arguments
  private final @Nullable Entry<K, V>[] heads = new Entry[LEVELS * SLOTS];

  private long tick;
  private final long[] sizes = new long[LEVELS];

  TimerWheel(long now) {
    tick = now >> TICK_BITS;
  }

  long size() {
    return Arrays.stream(sizes).sum();
  }

  /** Files the entry by its end, wherever it was before; not if it never ends. */
  void schedule(Entry<K, V> entry) {
    cancel(entry);
    if (entry.expiresAt() != Entry.NEVER) {
      link(entry, slot(entry.expiresAt()));
    }
  }

  void cancel(Entry<K, V> entry) {
    if (entry.timerSlot != NOT_SCHEDULED) {
      unlink(entry);
    }
  }

  /** The next entry that ended before the current tick, taken out; null when there is no more. */
  @Nullable Entry<K, V> pollExpired(long now) {
    long target = now >> TICK_BITS;
    while (tick < target) {
      Entry<K, V> ended = pollSlot(index(tick, 0), now);
      if (ended != null) {
        return ended;
      }
      advance(target);
    }
    return null;
  }

  private @Nullable Entry<K, V> pollSlot(int slot, long now) {
    for (Entry<K, V> entry = heads[slot]; entry != null; entry = heads[slot]) {
      unlink(entry);
      if (entry.isExpired(now)) {
        return entry;
      }
      schedule(entry); // slid since it was filed: its end is in a later tick, another slot
    }
    return null;
  }

  /** To the next tick at which something may stand; what comes near there moves down. */
  private void advance(long target) {
    tick = Math.min(target, nextTick());
    for (int level = 1; level < LEVELS && isRound(level); level++) {
      cascade(level * SLOTS + index(tick, level));
    }
  }

  private long nextTick() {
    int level = 0;
    while (level < LEVELS - 1 && sizes[level] == 0) {
      level++;
    }
    return (tick | ((1L << (level * SLOT_BITS)) - 1)) + 1;
  }

  private boolean isRound(int level) {
    return (tick & ((1L << (level * SLOT_BITS)) - 1)) == 0;
  }

  private void cascade(int slot) {
    Entry<K, V> entry = heads[slot];
    heads[slot] = null;
    while (entry != null) {
      Entry<K, V> next = entry.timerNext;
      forget(entry);
      link(entry, slot(entry.expiresAt()));
      entry = next;
    }
  }

  private int slot(long expiresAt) {
    long end = Math.max(tick, expiresAt >> TICK_BITS);
    long ahead = end - tick;
    for (int level = 0; level < LEVELS - 1; level++) {
      if (ahead < 1L << ((level + 1) * SLOT_BITS)) {
        return level * SLOTS + index(end, level);
      }
    }
    long farthest = tick + (1L << (LEVELS * SLOT_BITS)) - (1L << ((LEVELS - 1) * SLOT_BITS));
    return (LEVELS - 1) * SLOTS + index(Math.min(end, farthest), LEVELS - 1);
  }

  private static int index(long tick, int level) {
    return (int) (tick >> (level * SLOT_BITS)) & (SLOTS - 1);
  }

  private void link(Entry<K, V> entry, int slot) {
    Entry<K, V> head = heads[slot];
    entry.timerSlot = (short) slot; // of 320
    entry.timerNext = head;
    if (head != null) {
      head.timerPrevious = entry;
    }
    heads[slot] = entry;
    sizes[slot / SLOTS]++;
  }

  private void unlink(Entry<K, V> entry) {
    Entry<K, V> previous = entry.timerPrevious;
    Entry<K, V> next = entry.timerNext;
    if (previous == null) {
      heads[entry.timerSlot] = next;
    } else {
      previous.timerNext = next;
    }
    if (next != null) {
      next.timerPrevious = previous;
    }
    forget(entry);
  }

  private void forget(Entry<K, V> entry) {
    sizes[entry.timerSlot / SLOTS]--;
    entry.timerPrevious = null;
    entry.timerNext = null;
    entry.timerSlot = NOT_SCHEDULED;
  }
}
