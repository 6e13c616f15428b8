package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The readers of one read-write lock that are threads of this process. They share the process's
 * cell in shared memory: the first to come sets it, the last to go clears it; when the lock is
 * read-biased, it stays set until a writer asks for it.
 *
 * <p><b>Ordering.</b> A reader counts itself, then looks whether a writer keeps readers out; a
 * writer marks the word, then looks at the cells. So one of them sees the other. Who is granted to
 * read is inside from then on: it sets the cell, then its grant goes; a writer looks for grants,
 * then at the cells.
 *
 * <p><b>Crash points.</b> The cell names the process, which alone writes there while it lives: when
 * it dies, writers pass over it, and over a grant of its threads.
 */
final class Readers {
  /** The process's cell is set, and whoever comes may share it. */
  private static final long ENTERED = 1L << 62;

  /** The cell stays set when the last one leaves, until a writer asks for it. */
  private static final long KEPT = 1L << 61;

  /** A writer had to ask for the cell; it is set this many times before it is kept again. */
  private static final int INHIBITED_ENTRIES = 1_000;

  private final Words words;
  private final WordLock word;
  private final Waiters waiters;
  private final long cellAt;
  private final long me;
  private final boolean biased;

  /** How many threads are inside, and whether the cell is set, and kept. */
  private final AtomicLong state = new AtomicLong();

  /** Setting and clearing the cell: one thread at a time. */
  private final ReentrantLock entry = new ReentrantLock();

  /** How often the cell is still not to be kept; under the entry lock. */
  private int inhibited;

  Readers(LockSite site, WordLock word, Waiters waiters, long participant) {
    this.words = site.words();
    this.word = word;
    this.waiters = waiters;
    this.me = participant;
    this.cellAt = site.cellsAt() + (participant & 0xFFFF) * Long.BYTES;
    this.biased = site.readBiased();
  }

  /**
   * Goes in if no writer keeps readers out.
   *
   * @param inside whether the calling thread reads, or writes, already: then nobody keeps it out
   */
  boolean tryEnter(boolean inside) {
    return shareEntry(inside) || enterFirst(inside);
  }

  private boolean shareEntry(boolean inside) {
    long seen = state.get();
    while ((seen & ENTERED) != 0) {
      if (state.compareAndSet(seen, seen + 1)) {
        if (inside || !OwnerWord.keepsReadersOut(word.word())) {
          return true;
        }
        leave();
        return false;
      }
      seen = state.get();
    }
    return false;
  }

  private boolean enterFirst(boolean inside) {
    if (!inside && OwnerWord.keepsReadersOut(word.word())) {
      return false; // looked before the cell is touched: a draining writer is not disturbed
    }
    entry.lock();
    try {
      if ((state.get() & ENTERED) != 0) {
        return shareEntry(inside);
      }
      words.set(cellAt, me);
      long seen = word.word();
      if (inside || !OwnerWord.keepsReadersOut(seen)) {
        state.set(isToBeKept() ? KEPT | ENTERED | 1 : ENTERED | 1);
        return true;
      }
      words.set(cellAt, 0);
      signalDrainer();
      return false;
    } finally {
      entry.unlock();
    }
  }

  private boolean isToBeKept() {
    if (inhibited > 0) {
      inhibited--;
      return false;
    }
    return biased;
  }

  /** Goes in on a grant by a leaving writer; the grant is to be cleared after this. */
  void enterGranted() {
    entry.lock();
    try {
      if (state.get() == 0) {
        words.set(cellAt, me);
        state.set(ENTERED | 1);
      } else {
        state.incrementAndGet();
      }
    } finally {
      entry.unlock();
    }
  }

  /** Goes out; the last one clears the cell, unless it is kept for those who come back. */
  void leave() {
    if (state.decrementAndGet() == ENTERED) {
      clearIfEmpty();
    }
  }

  /**
   * Clears the cell if no thread is inside, and tells the writer that waits for that; else the last
   * one does so.
   *
   * @return whether it is clear
   */
  boolean clearIfEmpty() {
    entry.lock();
    try {
      if (biased) {
        state.getAndUpdate(seen -> seen & ~KEPT);
      }
      if (state.compareAndSet(ENTERED, 0)) {
        words.set(cellAt, 0);
        signalDrainer();
      }
      return state.get() == 0;
    } finally {
      entry.unlock();
    }
  }

  /** A writer wants the cell back: gives it if nobody is inside, or has the last one do so. */
  void revoke() {
    if (!biased || !OwnerWord.isExclusive(word.word())) {
      return;
    }
    entry.lock();
    try {
      inhibited = INHIBITED_ENTRIES;
      var _ = clearIfEmpty();
    } finally {
      entry.unlock();
    }
  }

  /** Wakes the writer that waits for readers to leave, if there is one. */
  void signalDrainer() {
    long seen = word.word(); // read after the cell was cleared
    int owner = OwnerWord.context(seen);
    if (OwnerWord.isExclusive(seen) && owner >= 0) {
      waiters.signal(owner);
    }
  }
}
