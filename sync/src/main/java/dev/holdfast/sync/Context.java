package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import org.jspecify.annotations.Nullable;

/**
 * One of this process's contexts: the record, in the lock segment, of a thread that waits or owns.
 *
 * <p><b>Sharing.</b> Used by one thread at a time, the one it is bound to; others look at {@link
 * #thread} and {@link #sleeper}, and at its words.
 *
 * <p><b>Crash points.</b> A word of a dead participant's context means nothing to anybody: its
 * first word names the dead.
 */
final class Context {
  final int index;
  final long identity;

  /** Where its fields stand. */
  final long at;

  /** Where its wait word stands. */
  final long waitAt;

  private final Words words;
  private final long[] held = new long[ContextLayout.HELD_MAX];
  private int heldCount;
  private int heldUnseen;

  /**
   * Whether a wait was begun and is not over; a condition is waited for without owning anything.
   */
  private boolean waits;

  /** The thread that it is bound to; null while in the pool. */
  volatile @Nullable Thread thread;

  /** The thread that parks in Java until the park word is signalled. */
  volatile @Nullable Thread sleeper;

  /** In what order it owns what it owns; null until its thread was asked to keep to an order. */
  private @Nullable HeldOrder order;

  /** That of its thread's transaction, as drawn; 0 while there is none. */
  long ticket;

  /** Whether its transaction has to begin again. */
  boolean gaveWay;

  /** The mutex at which it had to give way to another transaction; null until it has to. */
  @Nullable MutexCore diedAt;

  /** The system's number of its thread, if that is a platform thread that keeps it; else 0. */
  volatile long osThread;

  /** Whether it stays bound to its thread when that owns nothing. */
  boolean sticky;

  Context(LockSegment segment, int index, long participant) {
    this.index = index;
    this.identity = OwnerWord.identity(participant, index);
    this.at = segment.context(index);
    this.waitAt = segment.wait(index);
    this.words = segment.words;
  }

  boolean isCurrent() {
    return Thread.currentThread().equals(thread);
  }

  // ---- what it owns ----------------------------------------------------------------------------

  /** Whether its thread could not do without it now. */
  boolean isInUse() {
    return owned() > 0 || waits || ticket != 0;
  }

  /** Locks owned, those that do not fit the record included. */
  int owned() {
    return heldCount + heldUnseen;
  }

  /** Notes an owned lock: for deadlock detection, which may see it a moment late. */
  void addHeld(long word) {
    if (order != null) {
      order.took(WaitWord.key(word));
    }
    if (heldCount == ContextLayout.HELD_MAX) {
      heldUnseen++;
      return;
    }
    held[heldCount] = word;
    words.setPlain(heldAt(heldCount), word);
    heldCount++;
  }

  /** Forgets an owned lock; the last noted is the first looked at. Whether it was noted. */
  boolean removeHeld(long word) {
    boolean removed = removeNoted(word);
    if (removed && order != null) {
      order.gave(WaitWord.key(word));
    }
    return removed;
  }

  private boolean removeNoted(long word) {
    for (int i = heldCount - 1; i >= 0; i--) {
      if (held[i] == word) {
        heldCount--;
        if (i < heldCount) {
          held[i] = held[heldCount];
          words.setPlain(heldAt(i), held[i]);
        }
        words.setPlain(heldAt(heldCount), 0);
        return true;
      }
    }
    boolean unseen = heldUnseen > 0;
    heldUnseen -= unseen ? 1 : 0;
    return unseen;
  }

  /** Notes that an owned lock is owned in another mode now. */
  void changeHeld(long from, long to) {
    for (int i = heldCount - 1; i >= 0; i--) {
      if (held[i] == from) {
        held[i] = to;
        words.setPlain(heldAt(i), to);
        return;
      }
    }
  }

  /** A lock of that key that it owns, as noted; 0 for none. */
  long heldOf(long key) {
    for (int i = heldCount - 1; i >= 0; i--) {
      if (WaitWord.key(held[i]) == key) {
        return held[i];
      }
    }
    return 0;
  }

  /** Whether it owns exactly that: a lock in a mode. */
  boolean holds(long word) {
    for (int i = heldCount - 1; i >= 0; i--) {
      if (held[i] == word) {
        return true;
      }
    }
    return false;
  }

  /** A copy of what it owns, for whoever finds its thread dead. */
  long[] heldWords() {
    long[] copy = new long[heldCount];
    System.arraycopy(held, 0, copy, 0, heldCount);
    return copy;
  }

  /** In what order it owns what it took since it was first asked for this. */
  HeldOrder heldOrder(OrderChain root) {
    if (order == null) {
      order = new HeldOrder(root);
    }
    return order;
  }

  private long heldAt(int i) {
    return at + ContextLayout.HELD + (long) i * Long.BYTES;
  }

  // ---- what it waits for -----------------------------------------------------------------------

  /** Publishes a wait; the wait word last. */
  void beginWait(long waitWord, Wait wait, long amount) {
    waits = true;
    words.set(at + ContextLayout.SEQUENCE, words.get(at + ContextLayout.SEQUENCE) + 1);
    words.set(at + ContextLayout.SINCE, wait.since());
    words.set(at + ContextLayout.PRIORITY, wait.priority().level());
    words.set(at + ContextLayout.AMOUNT, amount);
    words.set(
        at + ContextLayout.DEADLINE,
        wait.deadlineNanos() == Long.MAX_VALUE ? 0 : wait.deadlineNanos());
    words.set(at + ContextLayout.PARK, 0);
    words.set(waitAt, waitWord);
  }

  /** Ends a wait that got what it waited for. */
  void endWait() {
    words.set(waitAt, 0);
    words.set(at + ContextLayout.SEQUENCE, words.get(at + ContextLayout.SEQUENCE) + 1);
    waits = false;
  }

  /** Ends a wait that is not over yet, however it failed. */
  void ensureWaitEnded() {
    if (waits) {
      endWait();
    }
  }

  /**
   * Ends a wait that gives up.
   *
   * @return false if what it waited for was granted meanwhile: then it is not over
   */
  boolean withdraw(long waitWord) {
    if (!words.compareAndSet(waitAt, waitWord, 0)) {
      return false;
    }
    words.set(at + ContextLayout.SEQUENCE, words.get(at + ContextLayout.SEQUENCE) + 1);
    waits = false;
    return true;
  }

  /** Takes the wait word back for a moment; false if it was granted meanwhile. */
  boolean unpublish(long waitWord) {
    return words.compareAndSet(waitAt, waitWord, 0);
  }

  /** Puts it out again. */
  void publish(long waitWord) {
    words.set(waitAt, waitWord);
  }

  boolean isGranted() {
    return WaitWord.isGranted(words.get(waitAt));
  }

  long sequence() {
    return words.get(at + ContextLayout.SEQUENCE);
  }

  /** Whether this very wait was chosen as a deadlock's victim. */
  boolean isCancelled() {
    long cancel = words.get(at + ContextLayout.CANCEL);
    return cancel != 0 && cancel == sequence();
  }

  /** Whether a wake-up came that was not slept for. */
  boolean wasSignalled() {
    return (words.get(at + ContextLayout.PARK) & ContextLayout.PARK_SIGNALLED) != 0;
  }
}
