package dev.holdfast.sync;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import dev.holdfast.region.Membership;
import java.nio.ByteOrder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait, of all processes: who is next, and how to wake them. There is no queue: the wait
 * words are it.
 *
 * <p><b>Cost.</b> A look is one word a context that was ever used; waking costs a system call only
 * if the other one sleeps.
 */
final class Waiters {
  private static final int INHERITANCE_DEPTH_MAX = 8;
  private static final long LOW_HALF =
      ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 0 : Integer.BYTES;

  private final LockSegment segment;
  private final Words words;
  private final Membership membership;
  private final Platform platform;
  private final Contexts contexts;

  Waiters(LockSegment segment, Membership membership, Contexts contexts) {
    this.segment = segment;
    this.words = segment.words;
    this.membership = membership;
    this.platform = membership.platform();
    this.contexts = contexts;
  }

  // ---- who ---------------------------------------------------------------------------------

  /**
   * The best of those who wait for a key and were not granted it yet.
   *
   * @param modes which modes count: bit 1 &lt;&lt; mode
   * @return its context, -1 for nobody
   */
  int best(long key, int modes) {
    int best = -1;
    long first = Long.MAX_VALUE;
    int high = segment.highContext();
    for (int context = 0; context < high; context++) {
      if (waitsFor(context, key, modes)) {
        long arrival = arrival(context, 0);
        if (best < 0 || arrival < first) {
          best = context;
          first = arrival;
        }
      }
    }
    return best;
  }

  /** Calls {@code visit} with each that waits for a key; until it returns false. */
  void each(long key, int modes, IntPredicate visit) {
    int high = segment.highContext();
    for (int context = 0; context < high; context++) {
      if (waitsFor(context, key, modes) && !visit.test(context)) {
        return;
      }
    }
  }

  private boolean waitsFor(int context, long key, int modes) {
    long word = words.get(segment.wait(context));
    return word > 0
        && WaitWord.key(word) == key
        && (modes >>> WaitWord.mode(word) & 1) != 0
        && membership.hasPlace(contexts.ownerOf(context));
  }

  /** When a waiter counts as having come; it inherits from those who wait for what it owns. */
  private long arrival(int context, int depth) {
    long at = segment.context(context);
    long arrival =
        Priority.virtualArrival(
            words.get(at + ContextLayout.SINCE), words.get(at + ContextLayout.PRIORITY));
    if (depth == INHERITANCE_DEPTH_MAX) {
      return arrival;
    }
    for (int i = 0; i < ContextLayout.HELD_MAX; i++) {
      long held = words.get(at + ContextLayout.HELD + (long) i * Long.BYTES);
      if (held != 0) {
        arrival = Math.min(arrival, firstBehind(context, held, depth));
      }
    }
    return arrival;
  }

  private long firstBehind(int owner, long held, int depth) {
    long first = Long.MAX_VALUE;
    int high = segment.highContext();
    for (int context = 0; context < high; context++) {
      long word = words.get(segment.wait(context));
      if (context != owner
          && word > 0
          && WaitWord.key(word) == WaitWord.key(held)
          && WaitWord.excludes(WaitWord.mode(held), WaitWord.mode(word))
          && membership.hasPlace(contexts.ownerOf(context))) {
        first = Math.min(first, arrival(context, depth + 1));
      }
    }
    return first;
  }

  int highParticipant() {
    return segment.highParticipant();
  }

  long since(int context) {
    return words.get(segment.context(context) + ContextLayout.SINCE);
  }

  long waitWord(int context) {
    return words.get(segment.wait(context));
  }

  /** The identity of whoever has a context now; 0 for nobody. */
  long identityOf(int context) {
    long owner = contexts.ownerOf(context);
    return owner == 0 ? 0 : OwnerWord.identity(owner, context);
  }

  /**
   * Grants a waiter what it waits for, unless it gave up meanwhile.
   *
   * @param waitWord as it was when it was chosen
   */
  boolean grant(int context, long waitWord) {
    return words.compareAndSet(segment.wait(context), waitWord, waitWord | WaitWord.GRANTED);
  }

  /** Takes back what was granted of a key in these modes; those it was granted to look again. */
  void takeBackGrants(long key, int modes) {
    int high = segment.highContext();
    for (int context = 0; context < high; context++) {
      long word = words.get(segment.wait(context));
      if (word < 0 && WaitWord.key(word) == key && (modes >>> WaitWord.mode(word) & 1) != 0) {
        takeBackGrant(context, word & ~WaitWord.GRANTED);
      }
    }
  }

  /** Takes back what was granted to one; if it still waits it looks again. */
  void takeBackGrant(int context, long waitWord) {
    if (words.compareAndSet(segment.wait(context), waitWord | WaitWord.GRANTED, waitWord)) {
      signal(context);
    }
  }

  /** Whether somebody was granted what it waited for and did not take it yet. */
  boolean isAnyGranted(long waitWord, LongPredicate isAlive) {
    int high = segment.highContext();
    for (int context = 0; context < high; context++) {
      if (words.get(segment.wait(context)) == (waitWord | WaitWord.GRANTED)
          && isAlive.test(contexts.ownerOf(context))) {
        return true;
      }
    }
    return false;
  }

  // ---- waking and sleeping -----------------------------------------------------------------

  /** Wakes the best of those who wait for a key, if anybody does; whether there was one. */
  boolean signalBest(long key, int modes) {
    int best = best(key, modes);
    if (best >= 0) {
      signal(best);
    }
    return best >= 0;
  }

  /** Wakes all who wait for a key. */
  void signalAll(long key, int modes) {
    each(
        key,
        modes,
        context -> {
          signal(context);
          return true;
        });
  }

  /** Wakes one, or keeps it from falling asleep; an index out of a damaged word is nobody's. */
  void signal(int context) {
    if (context >= segment.contexts) {
      return;
    }
    long park = segment.context(context) + ContextLayout.PARK;
    long before = words.or(park, ContextLayout.PARK_SIGNALLED);
    if ((before & ContextLayout.PARK_SIGNALLED) != 0) {
      return;
    }
    if ((before & ContextLayout.PARK_HERE) != 0) {
      platform.wake(segment.memory, park + LOW_HALF, 1);
    } else if ((before & ContextLayout.PARK_ELSEWHERE) != 0) {
      unparkOrRing(context);
    }
  }

  private void unparkOrRing(int index) {
    @Nullable Context context = contexts.mine(index);
    if (context != null) {
      LockSupport.unpark(context.sleeper);
    } else {
      ring(contexts.ownerOf(index));
    }
  }

  /** Rings a participant's doorbell. */
  void ring(long participant) {
    int slot = (int) (participant & 0xFFFF);
    if (participant != 0 && slot < segment.participants) {
      words.add(segment.doorbell(slot), 1);
      platform.wake(segment.memory, segment.doorbell(slot) + LOW_HALF, 1);
    }
  }

  /** Sleeps in the kernel until signalled, at most until the deadline; whether it was signalled. */
  boolean sleepHere(Context context, long deadlineNanos) {
    long park = context.at + ContextLayout.PARK;
    long before = words.or(park, ContextLayout.PARK_HERE);
    if ((before & ContextLayout.PARK_SIGNALLED) == 0) {
      platform.await(segment.memory, park + LOW_HALF, (int) ContextLayout.PARK_HERE, deadlineNanos);
    }
    return (words.and(park, 0) & ContextLayout.PARK_SIGNALLED) != 0;
  }

  /** Parks in Java until signalled, interrupted, or the deadline; whether it was signalled. */
  boolean sleepElsewhere(Context context, long deadlineNanos) {
    long park = context.at + ContextLayout.PARK;
    context.sleeper = Thread.currentThread();
    long before = words.or(park, ContextLayout.PARK_ELSEWHERE);
    if ((before & ContextLayout.PARK_SIGNALLED) == 0) {
      parkUntil(context, deadlineNanos);
    }
    context.sleeper = null;
    return (words.and(park, 0) & ContextLayout.PARK_SIGNALLED) != 0;
  }

  private void parkUntil(Context context, long deadlineNanos) {
    while (!context.wasSignalled() && !Thread.currentThread().isInterrupted()) {
      long left = deadlineNanos - platform.monotonicNanos();
      if (left <= 0) {
        return;
      }
      LockSupport.parkNanos(context, left);
    }
  }

  /** Sleeps on this process's own doorbell until it is rung after {@code seen}. */
  void awaitDoorbell(int slot, long seen, long deadlineNanos) {
    platform.await(segment.memory, segment.doorbell(slot) + LOW_HALF, (int) seen, deadlineNanos);
  }

  long doorbell(int slot) {
    return words.get(segment.doorbell(slot));
  }

  void countOwnerDied() {
    words.add(SegmentLayout.OWNERS_DIED, 1);
  }
}
