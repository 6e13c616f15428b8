package dev.holdfast.resource.guard;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs clean-ups: each attempt on a fresh thread, so many at once, in the order of {@link
 * CleanupQueue}; watches patience and time-outs; repeats what threw.
 *
 * <p><b>Slots.</b> An attempt holds one of {@code concurrency} slots until it ends or the patience
 * is over, whichever is first. At most one thread is being started at any time; it takes whoever is
 * first by the time it runs, starts the next thread if a slot is free, and only then acts.
 * Therefore an asker never pays for more than one start, and in a burst for none.
 *
 * <p><b>No user code under the lock</b>, and none on the timer's thread: what follows a time-out is
 * told by a thread of its own.
 *
 * <p><b>Never twice at once.</b> A retry is queued by the end of the attempt before it; one that
 * was given up at its time-out is never repeated.
 */
final class Cleanups {
  /** Told of every clean-up's end, by {@link #account} before anybody else is. */
  interface Listener {
    /** Counts. Runs no user code. */
    void account(Entry<?> entry, CleanupOutcome outcome);

    /** Tells the user. */
    void announce(Entry<?> entry, CleanupOutcome outcome);
  }

  private static final Duration RESTART = Duration.ofMillis(10);

  private final ThreadFactory threads;
  private final int concurrency;
  private final long patienceNanos;
  private final Listener listener;
  private final ScheduledThreadPoolExecutor timer;

  private final ReentrantLock lock = new ReentrantLock();
  private final CleanupQueue queue;
  private boolean stopped;
  private boolean starting;
  private int slotsTaken;
  private int running;
  private int backingOff;
  private int stuck;

  final LongAdder retries = new LongAdder();
  final LongAdder late = new LongAdder();

  Cleanups(RegistrySpec spec, Listener listener) {
    this.threads = spec.threads();
    this.concurrency = spec.concurrency();
    this.patienceNanos = spec.patience().toNanos();
    this.listener = listener;
    this.queue = new CleanupQueue(spec.aging().toNanos());
    this.timer =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().daemon().name("holdfast-cleanup-timer-" + spec.name()).factory());
    timer.setRemoveOnCancelPolicy(true);
    timer.prestartAllCoreThreads();
  }

  // ---- queueing --------------------------------------------------------------------------------

  /** Queues what its caller has just taken from LIVE to CLOSING. */
  void add(Entry<?> entry) {
    boolean start;
    lock.lock();
    try {
      entry.askedNanos = System.nanoTime();
      queue.add(entry, entry.askedNanos);
      start = claimStart();
    } finally {
      lock.unlock();
    }
    if (start) {
      startThread();
    }
  }

  /** The same for many, in their order, before any of them begins. */
  void addAll(Iterable<? extends Entry<?>> entries) {
    boolean start;
    lock.lock();
    try {
      long now = System.nanoTime();
      for (Entry<?> entry : entries) {
        entry.askedNanos = now;
        queue.add(entry, now);
      }
      start = claimStart();
    } finally {
      lock.unlock();
    }
    if (start) {
      startThread();
    }
  }

  private boolean claimStart() {
    if (stopped || starting || queue.isEmpty() || slotsTaken >= concurrency) {
      return false;
    }
    starting = true;
    slotsTaken++;
    return true;
  }

  private void startThread() {
    try {
      threads.newThread(this::runNext).start();
    } catch (Throwable failure) { // no memory for a thread: nothing is lost, it is tried again
      lock.lock();
      try {
        starting = false;
        slotsTaken--;
      } finally {
        lock.unlock();
      }
      Future<?> _ = timer.schedule(this::startIfDue, RESTART.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void startIfDue() {
    boolean start;
    lock.lock();
    try {
      start = claimStart();
    } finally {
      lock.unlock();
    }
    if (start) {
      startThread();
    }
  }

  // ---- running ---------------------------------------------------------------------------------

  private void runNext() {
    Attempt<?> attempt;
    boolean startAnother;
    lock.lock();
    try {
      starting = false;
      attempt = takeNext();
      if (attempt == null) {
        slotsTaken--;
      }
      startAnother = claimStart();
    } finally {
      lock.unlock();
    }
    if (startAnother) {
      startThread();
    }
    if (attempt != null) {
      run(attempt);
    }
  }

  private @Nullable Attempt<?> takeNext() {
    if (stopped) {
      return null;
    }
    long now = System.nanoTime();
    Entry<?> entry = queue.poll(now);
    while (entry != null && entry.state() != GuardState.CLOSING) { // abandoned while it waited
      entry = queue.poll(now);
    }
    return entry == null ? null : begin(entry, now);
  }

  private Attempt<?> begin(Entry<?> entry, long now) {
    if (entry.attempts == 0) {
      entry.deadlineNanos = now + entry.policy.timeout().toNanos();
    } else {
      retries.increment();
    }
    boolean expired = entry.deadlineNanos - now <= 0;
    entry.attempts += expired ? 0 : 1;
    Attempt<?> attempt = new Attempt<>(entry, Thread.currentThread(), expired);
    entry.running = attempt;
    running++;
    return attempt;
  }

  private void run(Attempt<?> attempt) {
    Throwable failure = attempt.expired ? attempt.entry.failure : null;
    if (!attempt.expired) {
      try {
        watch(attempt);
        attempt.entry.act();
      } catch (Throwable thrown) { // whatever it is: this resource's failure, nobody else's
        failure = thrown;
      }
      Thread.interrupted(); // what the action left behind is not for those who are told
    }
    end(attempt, failure);
  }

  private void end(Attempt<?> attempt, @Nullable Throwable failure) {
    Entry<?> entry = attempt.entry;
    boolean start;
    long pauseNanos = 0;
    lock.lock();
    try {
      attempt.ended = true;
      entry.running = null;
      running--;
      giveSlotBack(attempt);
      cancelAlarm(attempt);
      if (attempt.givenUp) {
        stuck--;
      } else if (failure == null) {
        entry.finish(GuardState.CLEANED);
      } else {
        entry.failure = failure;
        pauseNanos = pauseBeforeRetry(entry);
        entry.backingOff = pauseNanos > 0;
        backingOff += entry.backingOff ? 1 : 0;
        if (!entry.backingOff) {
          entry.finish(GuardState.FAILED);
        }
      }
      start = claimStart();
    } finally {
      lock.unlock();
    }
    if (start) {
      startThread();
    }
    if (attempt.givenUp) {
      countLate(failure);
    } else if (pauseNanos > 0) {
      retryAfter(entry, pauseNanos);
    } else {
      tell(entry);
    }
  }

  private void countLate(@Nullable Throwable failure) {
    if (failure == null) {
      late.increment();
    }
  }

  /** Zero if there is to be no further attempt. */
  private static long pauseBeforeRetry(Entry<?> entry) {
    if (entry.attempts >= entry.policy.attemptsMax()) {
      return 0;
    }
    long pauseNanos = Math.max(1, entry.policy.backoffNanos(entry.attempts));
    long leftNanos = entry.deadlineNanos - System.nanoTime();
    return pauseNanos < leftNanos ? pauseNanos : 0;
  }

  private void retryAfter(Entry<?> entry, long pauseNanos) {
    try {
      Future<?> _ = timer.schedule(() -> requeue(entry), pauseNanos, TimeUnit.NANOSECONDS);
    } catch (Throwable failure) { // no memory, or the drain has ended: it need not wait
      requeue(entry);
    }
  }

  private void requeue(Entry<?> entry) {
    boolean start;
    lock.lock();
    try {
      if (!entry.backingOff) {
        return; // abandoned meanwhile
      }
      entry.backingOff = false;
      backingOff--;
      queue.add(entry, System.nanoTime());
      start = claimStart();
    } finally {
      lock.unlock();
    }
    if (start) {
      startThread();
    }
  }

  // ---- watching --------------------------------------------------------------------------------

  private void watch(Attempt<?> attempt) {
    lock.lock();
    try {
      long leftNanos = attempt.entry.deadlineNanos - System.nanoTime();
      attempt.alarm =
          leftNanos <= patienceNanos
              ? timer.schedule(() -> timeOut(attempt), leftNanos, TimeUnit.NANOSECONDS)
              : timer.schedule(() -> patienceOver(attempt), patienceNanos, TimeUnit.NANOSECONDS);
    } finally {
      lock.unlock();
    }
  }

  private static void cancelAlarm(Attempt<?> attempt) {
    if (attempt.alarm != null) {
      attempt.alarm.cancel(false);
      attempt.alarm = null;
    }
  }

  private void patienceOver(Attempt<?> attempt) {
    boolean start = false;
    lock.lock();
    try {
      if (!attempt.ended && !attempt.givenUp) {
        giveSlotBack(attempt);
        start = claimStart();
        long leftNanos = attempt.entry.deadlineNanos - System.nanoTime();
        attempt.alarm = timer.schedule(() -> timeOut(attempt), leftNanos, TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
    if (start) {
      startThread();
    }
  }

  private void timeOut(Attempt<?> attempt) {
    boolean start;
    lock.lock();
    try {
      if (attempt.ended || attempt.givenUp) {
        return;
      }
      giveUp(attempt);
      start = claimStart();
    } finally {
      lock.unlock();
    }
    if (start) {
      startThread();
    }
    tellElsewhere(attempt.entry);
  }

  private void giveUp(Attempt<?> attempt) {
    attempt.givenUp = true;
    attempt.entry.finish(GuardState.TIMED_OUT);
    stuck++;
    giveSlotBack(attempt);
    cancelAlarm(attempt);
    attempt.thread.interrupt(); // its own thread, and not yet past end(): nobody else is hit
  }

  private void giveSlotBack(Attempt<?> attempt) {
    if (attempt.holdsSlot) {
      attempt.holdsSlot = false;
      slotsTaken--;
    }
  }

  /** Begins nothing any more: what waits is left to be given up, even if a slot comes free. */
  void stop() {
    lock.lock();
    try {
      stopped = true;
    } finally {
      lock.unlock();
    }
  }

  /** Gives up what is not finished: TIMED_OUT if it runs, else ABANDONED. */
  void giveUp(Entry<?> entry) {
    lock.lock();
    try {
      if (entry.leaveLive(GuardState.CLOSING)) {
        entry.askedNanos = System.nanoTime();
      }
      if (entry.state() != GuardState.CLOSING) {
        return;
      }
      if (entry.running != null) {
        giveUp(entry.running);
      } else {
        entry.finish(GuardState.ABANDONED);
        backingOff -= entry.backingOff ? 1 : 0;
        entry.backingOff = false;
      }
    } finally {
      lock.unlock();
    }
    tellElsewhere(entry);
  }

  // ---- telling ---------------------------------------------------------------------------------

  private void tell(Entry<?> entry) {
    CleanupOutcome outcome = entry.outcome(System.nanoTime());
    listener.account(entry, outcome);
    listener.announce(entry, outcome);
  }

  private void tellElsewhere(Entry<?> entry) {
    CleanupOutcome outcome = entry.outcome(System.nanoTime());
    listener.account(entry, outcome);
    Runnable announcement = () -> listener.announce(entry, outcome);
    try {
      threads.newThread(announcement).start();
    } catch (Throwable failure) { // no memory for a thread: better told here than never
      announcement.run();
    }
  }

  // ---- figures ---------------------------------------------------------------------------------

  /** How many clean-ups wait or run, at one moment. */
  record Load(Map<CleanupPriority, Integer> queued, int running, int backingOff, int stuck) {
    /** Closing, and neither ended nor given up. */
    long unfinished() {
      return queued.values().stream().mapToInt(Integer::intValue).sum()
          + (long) running
          + backingOff;
    }
  }

  Load load() {
    lock.lock();
    try {
      return new Load(queue.sizes(), running - stuck, backingOff, stuck);
    } finally {
      lock.unlock();
    }
  }

  /** Ends the timer, once nothing is left to be watched. */
  void shutdown() {
    timer.shutdownNow();
  }
}
