package dev.holdfast.resource.guard;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs clean-ups, in the order of {@link CleanupQueue}; watches patience and time-outs; repeats
 * what threw.
 *
 * <p><b>Slots.</b> A {@link Worker} is a thread with one of {@code concurrency} slots. It keeps the
 * slot for as long as there is something to clean up, but no longer than the patience for any one
 * clean-up: then another worker may have the slot, and it leaves when it gets through.
 *
 * <p><b>Starting workers.</b> The asker starts one only if there is none. A worker starts another,
 * before it acts itself, if more wait and the clean-up that ended last was a slow one. Should a
 * worker block when quick ones were expected, the watch notices within {@link #TURN}, starts one
 * more and takes them for slow from then on. At most one worker is being started at any time; it
 * takes whoever is first by the time it runs. So an asker pays for one start at most, and in a
 * burst of quick ones a single worker serves them in turn. One that cannot be started, or whose
 * thread ends before its first step, gives its slot back, and within {@link #RESTART} the watch
 * starts another. One whose thread is there but does not come is waited for: if a thread is short,
 * a second would be, too.
 *
 * <p><b>The watch</b> is one task of the timer, set to the earliest moment at which a worker will
 * have been busy, or been started, for too long. A clean-up that ends before needs no timer of its
 * own.
 *
 * <p><b>No user code under the lock</b>, and none on a thread that others need: what follows a
 * time-out is told by a thread of its own, as long as there is memory for one, and a user's thread
 * factory is asked by the timer, which has a second thread for that. As one worker at most is being
 * started, one of the two is free.
 *
 * <p><b>Never twice at once.</b> A retry is queued by the end of the attempt before it; one that
 * was given up at its time-out is never repeated.
 */
final class Cleanups {
  /** Told of every clean-up's end, by {@link #account} before anybody else is. */
  interface Listener {
    /** Counts. Runs no user code. */
    void account(Entry<?> entry, CleanupOutcome outcome);

    /** Tells the user, if anybody is to be told; whether. */
    boolean announce(Entry<?> entry, CleanupOutcome outcome);
  }

  static final long NEVER = Long.MAX_VALUE;

  /** So long one that was expected to be quick may hold up those behind it. */
  private static final long TURN = TimeUnit.MILLISECONDS.toNanos(1);

  private static final long SLOW = TimeUnit.MICROSECONDS.toNanos(100);
  private static final long GATHER = TimeUnit.MICROSECONDS.toNanos(2);
  private static final int LINGER_LOOKS = 8;
  private static final int LINGER_PAUSES = 64;
  private static final boolean MAY_LINGER = Runtime.getRuntime().availableProcessors() > 1;
  private static final int SERVED_BEFORE_YIELD = 64;

  /** So long after it was started a worker may have failed to come. */
  private static final long RESTART = TimeUnit.MILLISECONDS.toNanos(10);

  /** So long one may wait without any worker at work before that is a problem. */
  private static final long UNATTENDED = TimeUnit.SECONDS.toNanos(1);

  private static final long ORIGIN = System.nanoTime();

  private final ThreadFactory threads;
  private final OwnThreads own;
  private final int concurrency;
  private final long patienceNanos;
  private final Listener listener;
  private final ScheduledThreadPoolExecutor timer;
  private final Inbox inbox = new Inbox();

  private final ReentrantLock lock = new ReentrantLock();
  private final CleanupQueue queue;
  private final Set<Worker> workers = new HashSet<>();
  private boolean stopped;
  private @Nullable Worker starting; // not yet arrived
  private boolean slow = true; // the last one; nothing is known yet
  private long gatheredNanos; // when the inbox was emptied
  private int running;
  private int backingOff;
  private int stuck;
  private @Nullable Future<?> watch;

  // Written under the lock, read without it
  private volatile int slotsTaken;
  private volatile long watchNanos = NEVER;

  final LongAdder retries = new LongAdder();
  final LongAdder late = new LongAdder();

  Cleanups(RegistrySpec spec, Listener listener) {
    this.threads = spec.threads();
    this.own = threads instanceof OwnThreads present ? present : new OwnThreads(spec.name());
    this.concurrency = spec.concurrency();
    this.patienceNanos = spec.patience().toNanos();
    this.listener = listener;
    this.queue = new CleanupQueue(spec.aging().toNanos());
    this.timer =
        new ScheduledThreadPoolExecutor(
            asksUser() ? 2 : 1,
            Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name("holdfast-cleanup-timer-" + spec.name())
                .factory());
    timer.setRemoveOnCancelPolicy(true);
    timer.prestartAllCoreThreads();
  }

  /** The clock: nanoseconds since the process began to use guards, so that none wraps. */
  static long now() {
    return System.nanoTime() - ORIGIN;
  }

  // ---- queueing --------------------------------------------------------------------------------

  /** Queues what its caller has just taken from LIVE to CLOSING. */
  void add(Entry<?> entry) {
    if (inbox.put(entry)) {
      attend(entry.askedNanos);
    }
  }

  /** The same for many, in their order, before any of them begins. */
  void addAll(Iterable<? extends Entry<?>> entries) {
    if (inbox.putAll(entries)) {
      attend(now());
    }
  }

  /** Sees to it that somebody looks into the inbox: a worker, at the latest when it leaves. */
  private void attend(long now) {
    if (slotsTaken > 0 && watchNanos <= now + TURN) {
      return;
    }
    Worker first;
    lock.lock();
    try {
      first = claimFirst(now);
    } finally {
      lock.unlock();
    }
    start(first);
  }

  /** A worker for the caller to start; if null it is the watch that starts one if need be. */
  private @Nullable Worker claimFirst(long now) {
    if (slotsTaken > 0 && (slotsTaken == concurrency || watchFrom(now + TURN))) {
      return null;
    }
    return claimWorker(now);
  }

  // ---- workers ---------------------------------------------------------------------------------

  private boolean hasWaiting() {
    return !queue.isEmpty() || !inbox.isEmpty();
  }

  /** A worker with a slot, for the caller to start outside the lock; null if none is due. */
  private @Nullable Worker claimWorker(long now) {
    if (stopped || starting != null || slotsTaken >= concurrency || !hasWaiting()) {
      return null;
    }
    Worker worker = new Worker(this);
    starting = worker;
    takeSlots(1);
    watchFrom(now + RESTART); // should it never come
    return worker;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock only
  private void takeSlots(int count) {
    slotsTaken += count;
  }

  private void start(@Nullable Worker worker) {
    if (worker == null) {
      return;
    }
    if (!asksUser()) {
      startNow(worker);
      return;
    }
    try {
      timer.execute(() -> startNow(worker));
    } catch (Throwable failure) { // no memory, or the drain has ended
      startLater(worker);
    }
  }

  /** Whether the threads of workers come from a factory that may do anything. */
  private boolean asksUser() {
    return threads != own;
  }

  private void startNow(Worker worker) {
    try {
      worker.start(threads);
    } catch (Throwable failure) { // no memory for a thread: nothing is lost, it is tried again
      startLater(worker);
    }
  }

  private void startLater(Worker worker) {
    lock.lock();
    try {
      giveStartUp(worker);
      watchFrom(now() + RESTART);
    } finally {
      lock.unlock();
    }
  }

  /** It will not come: the watch starts another. Under the lock. */
  private void giveStartUp(Worker worker) {
    starting = starting == worker ? null : starting;
    giveSlotBack(worker);
  }

  private void startIfDue() {
    Worker due;
    lock.lock();
    try {
      due = claimWorker(now());
    } finally {
      lock.unlock();
    }
    start(due);
  }

  /** What a worker does all its life. */
  @SuppressWarnings("ThreadPriorityCheck") // to be fair to other virtual threads, not for order
  void serve(Worker worker) {
    try {
      arrive(worker);
      for (Entry<?> next = take(worker); next != null; next = take(worker)) {
        run(worker, next);
        if (++worker.served % SERVED_BEFORE_YIELD == 0) {
          Thread.yield(); // to other virtual threads: nothing else takes the carrier away
        }
      }
    } finally {
      leave(worker); // it has left, unless a logger threw, or the memory is out
    }
  }

  private void arrive(Worker worker) {
    lock.lock();
    try {
      starting = starting == worker ? null : starting;
      worker.nowNanos = now();
      workers.add(worker);
    } finally {
      lock.unlock();
    }
  }

  private void leave(Worker worker) {
    if (!worker.holdsSlot) {
      return;
    }
    lock.lock();
    try {
      workers.remove(worker);
      giveSlotBack(worker);
    } finally {
      lock.unlock();
    }
    startIfDue();
  }

  private @Nullable Entry<?> take(Worker worker) {
    Entry<?> next = take(worker, !MAY_LINGER);
    if (next == null && worker.holdsSlot) { // a slot once lost never comes back
      linger();
      worker.nowNanos = now();
      next = take(worker, true);
    }
    return next;
  }

  /**
   * Waits a little for more to come, as starting a thread costs far more; and gathers them, so that
   * the closers' cache line is fetched once for many.
   */
  private void linger() {
    for (int look = 0; look < LINGER_LOOKS; look++) {
      for (int pause = 0; pause < LINGER_PAUSES; pause++) {
        Thread.onSpinWait();
      }
      if (!inbox.isEmpty()) {
        return;
      }
    }
  }

  private @Nullable Entry<?> take(Worker worker, boolean leave) {
    Entry<?> next;
    Worker another = null;
    lock.lock();
    try {
      worker.busy = false;
      next = worker.holdsSlot ? next(worker.nowNanos) : null;
      if (next != null) {
        begin(worker, next);
        another = slow ? claimWorker(worker.nowNanos) : null;
      } else if (leave || !worker.holdsSlot) {
        next = leaveUnlessAsked(worker);
      }
    } finally {
      lock.unlock();
    }
    start(another);
    return next;
  }

  private @Nullable Entry<?> leaveUnlessAsked(Worker worker) {
    while (worker.holdsSlot) {
      giveSlotBack(worker); // first this, then the look: see Inbox
      if (stopped || inbox.isEmpty()) {
        break;
      }
      takeSlots(1);
      worker.holdsSlot = true;
      Entry<?> next = next(worker.nowNanos);
      if (next != null) {
        begin(worker, next);
        return next;
      }
    }
    workers.remove(worker);
    return null;
  }

  /** Whose turn it is; looks into the inbox unless it did so just now and has others. */
  private @Nullable Entry<?> next(long now) {
    if (stopped) {
      return null;
    }
    if (queue.isEmpty() || now - gatheredNanos >= GATHER) {
      gatheredNanos = now;
      inbox.empty(queue);
    }
    Entry<?> entry = queue.poll(now);
    while (entry != null && entry.state() != GuardState.CLOSING) { // abandoned while it waited
      entry = queue.poll(now);
    }
    return entry;
  }

  private void begin(Worker worker, Entry<?> entry) {
    long now = worker.nowNanos;
    if (entry.attempts == 0) {
      entry.deadlineNanos = now + entry.policy.timeout().toNanos();
    } else {
      retries.increment();
    }
    worker.begin(entry, now + patienceNanos);
    running++;
    if (!queue.isEmpty() && slotsTaken < concurrency) {
      watchFrom(now + TURN);
    }
  }

  private void run(Worker worker, Entry<?> entry) {
    Throwable failure = entry.failure;
    if (!worker.isTooLate) {
      try {
        watch(worker);
        entry.act();
        failure = null;
      } catch (Throwable thrown) { // whatever it is: this resource's failure, nobody else's
        failure = thrown;
      }
    }
    end(worker, entry, failure);
  }

  private void end(Worker worker, Entry<?> entry, @Nullable Throwable failure) {
    long began = worker.nowNanos;
    long now = now();
    worker.nowNanos = now;
    boolean givenUp;
    long pauseNanos = 0;
    lock.lock();
    try {
      slow = now - began > SLOW;
      givenUp = worker.end();
      running--;
      if (givenUp) {
        stuck--;
      } else if (failure == null) {
        entry.finish(GuardState.CLEANED);
      } else {
        entry.failure = failure;
        pauseNanos = pauseBeforeRetry(entry, now);
        entry.backingOff = pauseNanos > 0;
        backingOff += entry.backingOff ? 1 : 0;
        if (!entry.backingOff) {
          entry.finish(GuardState.FAILED);
        }
      }
    } finally {
      lock.unlock();
    }
    Thread.interrupted(); // what the action left, or a time-out; now nobody interrupts it any more
    if (givenUp) {
      countLate(failure);
    } else if (pauseNanos > 0) {
      retryAfter(entry, pauseNanos);
    } else if (tell(entry, now)) {
      worker.nowNanos = now(); // user code takes its time
    }
  }

  private void countLate(@Nullable Throwable failure) {
    if (failure == null) {
      late.increment();
    }
  }

  /** Zero if there is to be no further attempt. */
  private static long pauseBeforeRetry(Entry<?> entry, long now) {
    if (entry.attempts >= entry.policy.attemptsMax()) {
      return 0;
    }
    long pauseNanos = Math.max(1, entry.policy.backoffNanos(entry.attempts));
    long leftNanos = entry.deadlineNanos - now;
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
    Worker first;
    lock.lock();
    try {
      if (!entry.backingOff) {
        return; // abandoned meanwhile
      }
      entry.backingOff = false;
      backingOff--;
      long now = now();
      queue.add(entry, now);
      first = claimFirst(now);
    } finally {
      lock.unlock();
    }
    start(first);
  }

  // ---- watching --------------------------------------------------------------------------------

  private void watch(Worker worker) {
    long due = worker.dueNanos();
    if (due >= watchNanos) {
      return; // the usual case: somebody before it had the same patience
    }
    lock.lock();
    try {
      if (!watchFrom(due)) {
        throw new IllegalStateException("clean-up not begun: no timer to watch it");
      }
    } finally {
      lock.unlock();
    }
  }

  /** Has the watch look then, or before; false if there is no memory for it. Under the lock. */
  private boolean watchFrom(long due) {
    if (due >= watchNanos) {
      return true;
    }
    try {
      Future<?> earlier = timer.schedule(this::look, due - now(), TimeUnit.NANOSECONDS);
      stopWatch();
      watch = earlier;
      watchNanos = due;
      return true;
    } catch (Throwable failure) {
      return false;
    }
  }

  private void stopWatch() {
    if (watch != null) {
      watch.cancel(false);
      watch = null;
    }
    watchNanos = NEVER;
  }

  private void look() {
    List<Entry<?>> timedOut = new ArrayList<>();
    Worker another;
    lock.lock();
    try {
      stopWatch();
      long now = now();
      if (starting != null && starting.hasEnded()) {
        giveStartUp(starting);
      }
      long due = lookAtWorkers(now, timedOut);
      another = lookAtWaiting(now);
      if (!watchFrom(Math.min(due, waitingDue(now)))) {
        slow = true; // nobody looks: rather too many workers
      }
    } finally {
      lock.unlock();
    }
    start(another);
    tellElsewhere(timedOut);
  }

  private long lookAtWorkers(long now, List<Entry<?>> timedOut) {
    long due = NEVER;
    for (Worker worker : workers) {
      Entry<?> entry = worker.acting;
      if (entry != null && !worker.givenUp && entry.deadlineNanos <= now) {
        timedOut.add(entry);
        giveUp(worker, entry);
      } else if (worker.busy && worker.patienceEndNanos <= now) {
        giveSlotBack(worker);
      }
      due = Math.min(due, worker.dueNanos());
    }
    return due;
  }

  /** One more worker to be started, as those that there are did not come to it in time. */
  private @Nullable Worker lookAtWaiting(long now) {
    if (stopped || slotsTaken >= concurrency) {
      return null;
    }
    inbox.empty(queue);
    if (queue.oldestNanos() > now - TURN) {
      return null;
    }
    slow = true;
    return claimWorker(now);
  }

  private long waitingDue(long now) {
    if (starting != null) {
      return now + RESTART;
    }
    boolean awaited = !stopped && slotsTaken < concurrency && !queue.isEmpty();
    return awaited ? Math.max(queue.oldestNanos(), now) + TURN : NEVER;
  }

  private void giveUp(Worker worker, Entry<?> entry) {
    worker.givenUp = true;
    entry.finish(GuardState.TIMED_OUT);
    stuck++;
    giveSlotBack(worker);
    worker.interrupt(); // not yet past end(): nobody else is hit
  }

  private void giveSlotBack(Worker worker) {
    if (worker.holdsSlot) {
      worker.holdsSlot = false;
      takeSlots(-1);
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
      entry.leaveLive(GuardState.CLOSING);
      if (entry.state() != GuardState.CLOSING) {
        return;
      }
      inbox.empty(queue);
      if (entry.askedNanos == Entry.NOT_ASKED) { // its closer is just about to ask
        entry.askedNanos = now();
      }
      Worker worker = entry.worker;
      if (worker != null) {
        giveUp(worker, entry);
      } else {
        entry.finish(GuardState.ABANDONED);
        backingOff -= entry.backingOff ? 1 : 0;
        entry.backingOff = false;
      }
    } finally {
      lock.unlock();
    }
    tellElsewhere(List.of(entry));
  }

  // ---- telling ---------------------------------------------------------------------------------

  /** Whether that ran user code. */
  private boolean tell(Entry<?> entry, long now) {
    CleanupOutcome outcome = entry.outcome(now);
    listener.account(entry, outcome);
    return listener.announce(entry, outcome);
  }

  /** All are accounted for before anybody is told: who drains waits for that. */
  private void tellElsewhere(List<Entry<?>> ended) {
    long now = now();
    ended.forEach(entry -> listener.account(entry, entry.outcome(now)));
    ended.forEach(entry -> announceElsewhere(entry, entry.outcome(now)));
  }

  private void announceElsewhere(Entry<?> entry, CleanupOutcome outcome) {
    Runnable announcement = () -> listener.announce(entry, outcome);
    try {
      own.newThread(announcement).start();
    } catch (Throwable noThread) { // no memory for one: better told here than never
      runQuietly(announcement);
    }
  }

  private static void runQuietly(Runnable announcement) {
    try {
      announcement.run();
    } catch (Throwable ofTheUser) {
      // the others are told all the same
    }
  }

  OwnThreads own() {
    return own;
  }

  // ---- figures ---------------------------------------------------------------------------------

  /** How many clean-ups wait or run, at one moment, and whether those that wait do so in vain. */
  record Load(
      Map<CleanupPriority, Integer> queued,
      int running,
      int backingOff,
      int stuck,
      boolean unattended) {
    long waiting() {
      return queued.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Closing, and neither ended nor given up. */
    long unfinished() {
      return waiting() + running + backingOff;
    }
  }

  Load load() {
    lock.lock();
    try {
      inbox.empty(queue);
      return new Load(queue.sizes(), running - stuck, backingOff, stuck, isUnattended(now()));
    } finally {
      lock.unlock();
    }
  }

  /** Whether there is work, and has been for long, while no worker came. */
  private boolean isUnattended(long now) {
    boolean nobodyCame = slotsTaken == (starting == null ? 0 : 1);
    return nobodyCame && !stopped && queue.oldestNanos() <= now - UNATTENDED;
  }

  /** Ends the timer, once nothing is left to be watched. */
  void shutdown() {
    timer.shutdownNow();
  }
}
