package dev.holdfast.resource.guard;

import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * A thread that runs clean-ups one after the other, for as long as it has a slot; what the others
 * know of it.
 *
 * <p><b>Sharing.</b> Guarded by the lock of {@link Cleanups}; the thread itself may read without it
 * what only it writes.
 */
final class Worker implements Runnable {
  private final Cleanups cleanups;
  private volatile @Nullable Thread thread; // that runs this, or is to; null until it is made

  boolean holdsSlot = true;
  boolean busy; // acts, or tells what became of it
  long patienceEndNanos; // of what it is busy with
  @Nullable Entry<?> acting;
  boolean givenUp; // what it acts for
  boolean isTooLate; // a retry whose turn came only after the time-out: does not act

  // ---- the thread's own
  long nowNanos; // the last look at the clock
  int served;

  Worker(Cleanups cleanups) {
    this.cleanups = cleanups;
  }

  void start(ThreadFactory threads) {
    Thread made = threads.newThread(this);
    thread = made;
    made.start();
  }

  /** Whether its thread has been, and is no more. */
  boolean hasEnded() {
    Thread present = thread;
    return present != null && present.getState() == Thread.State.TERMINATED;
  }

  void interrupt() {
    Thread present = thread;
    if (present != null) {
      present.interrupt();
    }
  }

  @Override
  public void run() {
    cleanups.serve(this);
  }

  void begin(Entry<?> entry, long patienceEnd) {
    isTooLate = entry.deadlineNanos <= nowNanos;
    entry.attempts += isTooLate ? 0 : 1;
    entry.worker = this;
    acting = entry;
    busy = true;
    patienceEndNanos = patienceEnd;
  }

  /** It is busy still, with telling; whether it had been given up. */
  boolean end() {
    boolean wasGivenUp = givenUp;
    if (acting != null) {
      acting.worker = null;
    }
    acting = null;
    givenUp = false;
    return wasGivenUp;
  }

  /** When somebody has to look at it; never if it is idle. */
  long dueNanos() {
    long patience = busy && holdsSlot ? patienceEndNanos : Cleanups.NEVER;
    return acting == null || givenUp ? patience : Math.min(patience, acting.deadlineNanos);
  }
}
