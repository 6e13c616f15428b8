package dev.holdfast.resource.pool;

import dev.holdfast.resource.pool.Entry.Place;
import dev.holdfast.resource.pool.Pooled.Ended;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where idle objects and waiting borrowers meet: all of the pool's state, under one lock that is
 * held for some dozens of instructions and never while foreign code runs.
 *
 * <p><b>Fairness.</b> Who finds a borrower in line goes behind it, whatever lies idle. An object
 * that comes free goes to the first in line, by name; nobody can overtake on the way.
 *
 * <p><b>Memory effects.</b> Every hand-over passes through the lock: what a borrower did before
 * giving an object back happens before what the next one does with it.
 */
final class Exchange<T> {
  /*
   * Places of an object
   *
   *   (creating) ──▶ IDLE ──▶ LENT ──▶ IDLE | LENT (handed over) | BUSY (recycling)
   *                  IDLE ──▶ BUSY (validating) ──▶ IDLE | LENT
   *                  IDLE | LENT | BUSY ──▶ LEAVING (destroying) ──▶ gone
   *
   * Creating, IDLE, LENT, BUSY and LEAVING count against max; a place is free only when an object is
   * gone, so that the far side never sees more than max but for what was given up at a deadline or
   * withdrawn.
   *
   * Invariant, whenever the lock is open: if a borrower waits, then
   *   (1) the top of the idle objects could not be lent without a check,
   *   (2) an object lies idle only if one is being checked for every borrower in line, for each its
   *       own: a call that hangs for somebody else keeps nobody from what lies idle, and
   *   (3) for every borrower in line there is a check for borrowers or a recycling under way that
   *       does not take long, or a creation, or as many creations as are allowed (the end of one
   *       begins the next), or the pool is full, or the pause after a failure runs and a timer will
   *       end it.
   * Every event that could break it ends in settle(), which restores it: an object given back,
   * fit, recycled, created, gone; a creation failed; a pause over; sizes or the manager changed. A
   * check's object goes to the first in line whoever asked, and a check that nobody asks for any
   * more ends idle. Each object that comes free answers exactly one borrower, under the lock, and
   * a borrower that leaves at that moment finds itself answered and has the object.
   *
   * Not done: a lock-free list of idle objects with waiters beside it (what keeps the two in step is
   * where pools lose wake-ups); thread-local preference (starves those who wait); spinning before
   * parking (burns the carriers of virtual threads).
   */
  private static final System.Logger LOG = System.getLogger(ObjectPool.class.getName());

  private final PoolSpec spec;
  private final PoolEnvironment environment;
  private final long validateAfterIdleNanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private final IdleStack<T> idle = new IdleStack<>();
  final WaitQueue<T> waiters = new WaitQueue<>();
  private final Set<Entry<T>> entries = new HashSet<>();
  private final Set<Call<T>> creations = new HashSet<>();
  private final ReferenceQueue<Pooled<T>> lost = new ReferenceQueue<>();
  private final WaitHistogram.Recorder waits = new WaitHistogram.Recorder();
  private final Tally tally = new Tally();
  private final Breaker breaker;
  private final RoughClock clock;
  private final Reports reports;

  private Source<T> source;
  private int max;
  private int minIdle;
  private int warm;
  private int lent;
  private int busy;
  private int leaving;
  private int late; // withdrawn creations, and destructions of what came late: in no other count
  private int healthChecks; // of the busy ones; one at a time
  private int supplying; // of the busy ones, those that a borrower may count on
  private long lentAtLastRound;
  private boolean inDemand;
  private PoolEnvironment.@Nullable Timer retry;
  private @Nullable Closing closing;

  Exchange(ConnectionManager<T> manager, PoolSpec spec, PoolEnvironment environment) {
    this.spec = spec;
    this.environment = environment;
    this.validateAfterIdleNanos = spec.validateAfterIdleNanos();
    this.breaker = new Breaker(spec);
    this.clock = new RoughClock(environment, validateAfterIdleNanos, this::tick);
    this.reports = new Reports(environment);
    this.source = new Source<>(manager);
    this.max = spec.max();
    this.minIdle = spec.minIdle();
  }

  /** Makes the first objects and begins to keep house. */
  void open() {
    change(this::settle);
    environment.after(spec.housekeepingNanos(), this::keepHouse);
  }

  String name() {
    return spec.name();
  }

  long nanoTime() {
    return environment.nanoTime();
  }

  // Borrowing

  Pooled<T> acquire(long timeoutNanos) throws InterruptedException {
    Throwable stack = sampleStack();
    Waiter.Parked<T> waiter;
    Effects effects;
    lock.lock();
    try {
      Pooled<T> guard = lendAtOnce(stack);
      if (guard != null) {
        return guard;
      }
      effects = new Effects();
      waiter = new Waiter.Parked<>(environment.nanoTime(), stack);
      enqueue(waiter, effects);
    } finally {
      lock.unlock();
    }
    run(effects, waiter);
    PoolEvents.Wait event = new PoolEvents.Wait();
    event.begin();
    boolean served = false;
    try {
      Pooled<T> guard = waiter.await(this, timeoutNanos);
      served = true;
      return guard;
    } finally {
      PoolEvents.waited(name(), event, served);
    }
  }

  CompletableFuture<Pooled<T>> acquireAsync(long timeoutNanos) {
    Throwable stack = sampleStack();
    CompletableFuture<Pooled<T>> future = new CompletableFuture<>();
    Waiter.Promised<T> waiter;
    Effects effects = new Effects();
    lock.lock();
    try {
      Pooled<T> guard = lendAtOnce(stack);
      if (guard != null) {
        future.complete(guard); // nobody can depend on it yet
        return future;
      }
      waiter = new Waiter.Promised<>(environment.nanoTime(), stack, future, environment);
      enqueue(waiter, effects);
    } finally {
      lock.unlock();
    }
    effects.add(() -> watch(waiter, future, timeoutNanos));
    run(effects, waiter);
    return future;
  }

  private void watch(Waiter<T> waiter, CompletableFuture<Pooled<T>> future, long timeoutNanos) {
    PoolEnvironment.Timer deadline = environment.after(timeoutNanos, () -> leaveLate(waiter));
    var _ =
        future.whenComplete((guard, failure) -> {
          deadline.cancel();
          if (guard == null) {
            leaveCancelled(waiter);
          }
        });
  }

  /**
   * If an effect fails, for want of memory, its borrower is told, and has no place and no object.
   */
  private void run(Effects effects, Waiter<T> waiter) {
    try {
      effects.run();
    } catch (Throwable failure) {
      if (!leaveInterrupted(waiter) && !waiter.isRefused()) {
        waiter.guardOrThrow().close();
      }
      throw failure;
    }
  }

  private @Nullable Pooled<T> lendAtOnce(@Nullable Throwable stack) {
    Entry<T> top = idle.top();
    if (top == null || !waiters.isEmpty()) {
      return null;
    }
    long now = clock.nanoTime();
    if (!isFresh(top, now) || top.isPastLifetime(now)) {
      return null;
    }
    if (idle.size() <= minIdle && total() < max && creations.isEmpty() && retry == null) {
      environment.startSurely(this::refill); // before anything has changed: it may throw
    }
    idle.remove(top);
    waits.recordNone();
    return lend(top, now, Thread.currentThread(), stack);
  }

  /** Whether so many objects exist, made and not about to go. */
  private boolean isWarm(int objects) {
    return idle.size() + lent + busy >= Math.min(objects, max);
  }

  /** The reserve is short: a thread of its own sees to it, so that lending at once stays short. */
  private void refill() {
    change(this::settle);
  }

  private boolean isFresh(Entry<T> entry, long now) {
    return validateAfterIdleNanos > 0 // a rough now may be earlier than the use
        && now - entry.usedNanos < validateAfterIdleNanos;
  }

  private void enqueue(Waiter<T> waiter, Effects effects) {
    if (closing != null) {
      refuse(waiter, Refusal.Kind.CLOSED, effects);
      return;
    }
    waiters.add(waiter);
    settle(effects);
    if (waiters.size() > spec.maxWaiters() && waiters.remove(waiter)) {
      tally.add(PoolCount.REFUSED);
      refuse(waiter, Refusal.Kind.FULL, effects);
    }
  }

  private Pooled<T> lend(Entry<T> entry, long now, Thread borrower, @Nullable Throwable stack) {
    entry.place = Place.LENT;
    entry.usedNanos = now;
    entry.borrower = borrower;
    lent++;
    tally.addLent();
    Pooled<T> guard = new Pooled<>(entry, entry.beginLoan());
    if (stack != null) {
      entry.trace = new Trace<>(guard, stack, lost);
    }
    return guard;
  }

  private void grant(Waiter<T> waiter, Entry<T> entry, long now) {
    waits.record(now - waiter.sinceNanos);
    waiter.grant(lend(entry, now, waiter.borrower, waiter.stack));
  }

  private @Nullable Throwable sampleStack() {
    int every = spec.traceEvery();
    if (every == 0 || (every > 1 && ThreadLocalRandom.current().nextInt(every) != 0)) {
      return null;
    }
    return new Throwable("borrowed here");
  }

  /** Whether the waiter was still in line; if not, it is answered. */
  boolean leaveInterrupted(Waiter<T> waiter) {
    return leave(waiter, PoolCount.GAVE_UP, null);
  }

  private void leaveCancelled(Waiter<T> waiter) {
    leave(waiter, PoolCount.GAVE_UP, null);
  }

  void leaveLate(Waiter<T> waiter) {
    if (leave(waiter, PoolCount.TIMED_OUT, Refusal.Kind.LATE)) {
      waiter.wake();
    }
  }

  private boolean leave(Waiter<T> waiter, PoolCount count, Refusal.@Nullable Kind kind) {
    lock.lock();
    try {
      if (!waiters.remove(waiter)) {
        return false;
      }
      tally.add(count);
      if (kind != null) {
        waiter.refuse(refusal(kind, waiter));
      }
      return true; // one fewer in line breaks no invariant
    } finally {
      lock.unlock();
    }
  }

  // Giving back

  void release(Pooled<T> guard) {
    Entry<T> entry = guard.entry;
    Waiter<T> next = null;
    Effects effects = null;
    lock.lock();
    try {
      if (!endLoan(guard, Ended.CLOSED)) {
        return;
      }
      if (source.recycles || unfitness(entry) != null) {
        effects = new Effects();
        takeBack(entry, effects);
      } else {
        next = waiters.poll();
        if (next == null) {
          putIdle(entry);
        } else {
          grant(next, entry, environment.nanoTime());
        }
      }
    } finally {
      lock.unlock();
    }
    if (next != null) {
      next.wake();
    } else if (effects != null) {
      effects.run();
    }
  }

  void invalidate(Pooled<T> guard, Throwable cause) {
    change(effects -> {
      if (endLoan(guard, Ended.INVALIDATED)) {
        remove(guard.entry, PoolCount.INVALIDATED, cause, effects);
        settle(effects);
      }
    });
  }

  /** Whether the loan still ran; it is over in any case. */
  private boolean endLoan(Pooled<T> guard, Ended how) {
    Entry<T> entry = guard.entry;
    Ended before = guard.ended;
    guard.ended = how;
    if (!entry.isLentAs(guard.ticket)) {
      if (before == Ended.CLOSED) {
        tally.add(PoolCount.DOUBLE_RELEASE);
      }
      return false;
    }
    endLoan(entry);
    return true;
  }

  /** The object is nobody's for the moment: the caller finds it a place. */
  private void endLoan(Entry<T> entry) {
    entry.endLoan();
    entry.place = Place.BUSY;
    lent--;
    if (closing != null) {
      closing.returned++;
    }
  }

  private void takeBack(Entry<T> entry, Effects effects) {
    PoolCount unfit = unfitness(entry);
    if (unfit != null) {
      remove(entry, unfit, null, effects);
    } else {
      recycle(entry, effects);
    }
    settle(effects);
  }

  /** Why the object may not be lent again; null if it may. Does not look at the clock. */
  private @Nullable PoolCount unfitness(Entry<T> entry) {
    if (closing != null) {
      return PoolCount.SHUT_DOWN;
    }
    if (entry.expired) {
      return PoolCount.EXPIRED;
    }
    if (entry.source.replaced) {
      return PoolCount.REPLACED;
    }
    return total() - leaving >= max ? PoolCount.SURPLUS : null; // it is in no count itself
  }

  private void putIdle(Entry<T> entry) {
    entry.place = Place.IDLE;
    entry.idleSinceNanos = 0; // housekeeping notes the time: the way back needs no clock
    idle.push(entry);
  }

  /** An object just made, checked or recycled goes to the first in line, or lies down. */
  private void offer(Entry<T> entry, Effects effects) {
    PoolCount unfit = unfitness(entry);
    if (unfit != null) {
      remove(entry, unfit, null, effects);
      return;
    }
    long now = environment.nanoTime();
    entry.usedNanos = now;
    Waiter<T> first = waiters.poll();
    if (first == null) {
      putIdle(entry);
    } else {
      grant(first, entry, now);
      effects.add(first::wake);
    }
  }

  // Restoring the invariant

  /** Brings objects and waiters together, and makes what is missing. */
  private void settle(Effects effects) {
    if (closing != null) {
      finishClosing(effects);
      return;
    }
    long now = environment.nanoTime();
    serve(now, effects);
    failFast(effects);
    supply(now, effects);
    if (warm > 0 && isWarm(warm)) {
      warm = 0;
    }
    changed.signalAll();
  }

  private void serve(long now, Effects effects) {
    Entry<T> top = idle.top();
    while (top != null && !waiters.isEmpty()) {
      if (top.isPastLifetime(now)) {
        idle.remove(top);
        remove(top, PoolCount.EXPIRED, null, effects);
      } else if (isFresh(top, now)) {
        idle.remove(top);
        offer(top, effects);
      } else {
        Waiter<T> unserved = waiters.firstWithoutCheck();
        if (unserved == null) {
          return; // each in line has a check under way
        }
        idle.remove(top);
        validate(top, unserved, effects);
      }
      top = idle.top();
    }
  }

  private void failFast(Effects effects) {
    if (!breaker.isOpen() || idle.size() + lent + busy > 0) {
      return;
    }
    for (Waiter<T> waiter = waiters.poll(); waiter != null; waiter = waiters.poll()) {
      tally.add(PoolCount.FAILED_FAST);
      refuse(waiter, Refusal.Kind.UNAVAILABLE, effects);
    }
  }

  private void supply(long now, Effects effects) {
    int missing = missing();
    while (missing > 0 && total() < max && creations.size() < breaker.creationsAllowed(now)) {
      create(effects);
      missing--;
    }
    if (missing > 0 && creations.isEmpty() && breaker.isPausing(now) && retry == null) {
      retry = environment.after(breaker.pauseLeftNanos(now), this::retry);
    }
  }

  private int missing() {
    int forWaiters = waiters.size() - pendingForWaiters();
    int inReserve =
        Math.max(minIdle - idle.size(), Math.min(warm, max) - idle.size() - lent) - pending();
    int toProbe = breaker.isOpen() ? 1 - creations.size() : 0;
    return Math.max(toProbe, Math.max(forWaiters, inReserve));
  }

  /** Objects on their way to somebody or to the idle ones. */
  private int pending() {
    return busy + creations.size();
  }

  /** Of these, the ones begun because somebody came or gave back, unless they take long. */
  private int pendingForWaiters() {
    return supplying + creations.size();
  }

  private int total() {
    return idle.size() + lent + busy + leaving + creations.size();
  }

  private void retry() {
    change(effects -> {
      retry = null;
      settle(effects);
    });
  }

  private void refuse(Waiter<T> waiter, Refusal.Kind kind, Effects effects) {
    waiter.refuse(refusal(kind, waiter));
    effects.add(waiter::wake);
  }

  private Refusal refusal(Refusal.Kind kind, Waiter<T> waiter) {
    return refusal(kind, environment.nanoTime() - waiter.sinceNanos);
  }

  private Refusal refusal(Refusal.Kind kind, long waitedNanos) {
    return new Refusal(kind, sizes(), name(), waitedNanos, breaker.latest());
  }

  // Calls of the manager

  private void create(Effects effects) {
    Source<T> from = source;
    PoolEvents.Creation event = new PoolEvents.Creation();
    var call =
        new Object() {
          @Nullable Call<T> self;
        };
    Call<T> creation =
        new Call<>(
            environment,
            describe("creating"),
            () -> {
              event.begin();
              return from.manager.create();
            },
            (object, failure) -> {
              event.end();
              change(out -> created(call.self, from, object, failure, out));
              PoolEvents.created(name(), event, failure);
            },
            object -> change(out -> destroyLate(from, object, out)));
    call.self = creation;
    creations.add(creation);
    from.objects++;
    effects.add(() -> creation.start(spec.createTimeoutNanos()));
  }

  /** The answer to a creation. */
  private void created(
      @Nullable Call<T> creation,
      Source<T> from,
      @Nullable T object,
      @Nullable Throwable failure,
      Effects effects) {
    if (!creations.remove(creation)) {
      late--; // it was withdrawn
      if (object != null) {
        destroyLate(from, object, effects);
      }
      over(from, effects);
    } else if (object != null) {
      breaker.succeeded();
      tally.add(PoolCount.CREATED);
      Entry<T> entry = newEntry(from, object);
      entries.add(entry);
      offer(entry, effects);
    } else {
      over(from, effects);
      tally.add(PoolCount.CREATE_FAILED);
      Throwable cause =
          failure != null ? failure : new NullPointerException("the manager's create gave null");
      if (breaker.failed(cause, environment.nanoTime(), environment.random())) {
        tally.add(PoolCount.BREAKER_OPENED);
        effects.add(() -> reports.add(() -> reportBreaker(cause)));
      }
    }
    settle(effects);
  }

  Entry<T> newEntry(Source<T> from, T object) {
    long lifetime = shortened(spec.lifetimeNanos(), spec.lifetimeJitter());
    long healthCheck = shortened(spec.healthCheckNanos(), spec.healthCheckJitter());
    return new Entry<>(this, from, object, environment.nanoTime(), lifetime, healthCheck);
  }

  private long shortened(long nanos, double jitter) {
    return nanos - (long) (nanos * jitter * environment.random());
  }

  private void reportBreaker(Throwable cause) {
    PoolEvents.breakerOpened(name(), cause);
    LOG.log(
        System.Logger.Level.WARNING,
        "creating objects keeps failing, borrowers fail at once until it works: pool=%s, failures=%d, latest=%s"
            .formatted(name(), spec.breakerFailures(), PoolEvents.text(cause)));
  }

  /** Checks an object for a borrower in line; for none, its health. */
  private void validate(Entry<T> entry, @Nullable Waiter<T> asker, Effects effects) {
    if (asker == null) {
      healthChecks++;
    } else {
      asker.hasCheck = true;
    }
    busy(
        entry,
        "validating",
        () -> entry.source.manager.validate(entry.object),
        (fit, failure) -> change(out -> validated(entry, asker, fit, failure, out)),
        asker != null,
        effects);
  }

  private void validated(
      Entry<T> entry,
      @Nullable Waiter<T> asker,
      @Nullable Boolean fit,
      @Nullable Throwable failure,
      Effects effects) {
    if (asker == null) {
      healthChecks--;
    } else {
      asker.hasCheck = false;
    }
    notBusy(entry);
    if (!Boolean.TRUE.equals(fit)) {
      remove(entry, PoolCount.UNFIT, failure, effects);
    } else if (waiters.isEmpty() && unfitness(entry) == null) {
      entry.place = Place.IDLE;
      entry.usedNanos = entry.checkedNanos;
      idle.putBack(entry); // nobody used it: it goes on growing old
    } else {
      offer(entry, effects);
    }
    settle(effects);
    if (asker == null && waiters.isEmpty()) {
      checkHealth(entry.checkedNanos, effects);
    }
  }

  private void recycle(Entry<T> entry, Effects effects) {
    busy(
        entry,
        "recycling",
        () -> {
          entry.source.manager.recycle(entry.object);
          return true;
        },
        (done, failure) -> change(out -> recycled(entry, done, failure, out)),
        true,
        effects);
  }

  private void recycled(
      Entry<T> entry, @Nullable Boolean done, @Nullable Throwable failure, Effects effects) {
    notBusy(entry);
    if (done != null) {
      offer(entry, effects);
    } else {
      remove(entry, PoolCount.RECYCLE_FAILED, failure, effects);
    }
    settle(effects);
  }

  private void busy(
      Entry<T> entry,
      String what,
      Call.Body<Boolean> body,
      BiConsumer<@Nullable Boolean, @Nullable Throwable> answer,
      boolean supplies,
      Effects effects) {
    entry.place = Place.BUSY;
    entry.roundsBusy = 0;
    entry.supplies = supplies;
    supplying += supplies ? 1 : 0;
    busy++;
    Call<Boolean> call = new Call<>(environment, describe(what), body, answer, late -> {});
    effects.add(() -> call.start(spec.recycleTimeoutNanos()));
  }

  private void notBusy(Entry<T> entry) {
    busy--;
    suppliesNobody(entry);
    entry.checkedNanos = environment.nanoTime();
  }

  private void suppliesNobody(Entry<T> entry) {
    supplying -= entry.supplies ? 1 : 0;
    entry.supplies = false;
  }

  /** The object leaves the pool: its place is free once it is destroyed, or that took too long. */
  private void remove(
      Entry<T> entry, PoolCount reason, @Nullable Throwable cause, Effects effects) {
    entry.place = Place.LEAVING;
    leaving++;
    tally.add(reason);
    effects.add(() -> PoolEvents.destroyed(name(), reason, cause));
    destroy(
        entry.source, entry.object, failure -> change(out -> gone(entry, failure, out)), effects);
  }

  private void gone(Entry<T> entry, @Nullable Throwable failure, Effects effects) {
    leaving--;
    entries.remove(entry);
    countFailedDestruction(failure);
    if (failure != null && closing != null) {
      closing.abandoned++;
    }
    Source<T> from = entry.source;
    over(from, effects);
    settle(effects);
  }

  /** An object or a creation of that manager is over. */
  private void over(Source<T> from, Effects effects) {
    from.objects--;
    if (from.replaced && from.objects == 0) {
      effects.add(() -> environment.startSurely(() -> from.gone.complete(null)));
    }
  }

  private void countFailedDestruction(@Nullable Throwable failure) {
    if (failure == null) {
      return;
    }
    boolean hung = failure instanceof TimeoutException;
    tally.add(hung ? PoolCount.DESTROY_ABANDONED : PoolCount.DESTROY_FAILED);
  }

  /** An object that came after its creation was given up never was one of the pool's. */
  private void destroyLate(Source<T> from, T object, Effects effects) {
    tally.add(PoolCount.CREATED_LATE);
    from.objects++;
    late++;
    destroy(from, object, failure -> change(out -> goneLate(from, failure, out)), effects);
  }

  private void goneLate(Source<T> from, @Nullable Throwable failure, Effects effects) {
    late--;
    countFailedDestruction(failure);
    over(from, effects);
    settle(effects);
  }

  private void destroy(
      Source<T> from, T object, Consumer<@Nullable Throwable> answer, Effects effects) {
    Call<Boolean> call =
        new Call<>(
            environment,
            describe("destroying"),
            () -> {
              from.manager.destroy(object);
              return true;
            },
            (done, failure) -> answer.accept(failure),
            null);
    effects.add(() -> call.start(spec.recycleTimeoutNanos()));
  }

  private String describe(String what) {
    return what + " an object of pool " + name();
  }

  private void withdrawCreations(Effects effects) {
    for (Call<T> creation : creations) {
      effects.add(creation::withdraw);
    }
    late += creations.size();
    creations.clear();
  }

  // Housekeeping

  private void tick() {
    lock.lock();
    try {
      clock.tick();
    } finally {
      lock.unlock();
    }
  }

  /** What time alone changes. */
  private void keepHouse() {
    try {
      change(effects -> lookAfterAll(environment.nanoTime(), effects));
    } finally { // whatever happens, it goes on
      environment.after(spec.housekeepingNanos(), this::keepHouse);
    }
  }

  private void lookAfterAll(long now, Effects effects) {
    endLostLoans(now, effects);
    for (Entry<T> entry : entries) {
      lookAfter(entry, now, effects);
    }
    shedIdle(now, effects);
    inDemand = tally.lent() != lentAtLastRound;
    lentAtLastRound = tally.lent();
    checkHealth(now, effects);
    settle(effects);
  }

  private void lookAfter(Entry<T> entry, long now, Effects effects) {
    entry.expired = entry.isPastLifetime(now);
    switch (entry.place) {
      case IDLE -> {
        if (entry.expired) {
          idle.remove(entry);
          remove(entry, PoolCount.EXPIRED, null, effects);
        } else if (entry.idleSinceNanos == 0) {
          entry.idleSinceNanos = now == 0 ? 1 : now;
        }
      }
      case LENT -> {
        long after = spec.leakAfterNanos();
        if (after != 0 && !entry.reported && now - entry.usedNanos >= after) {
          entry.reported = true;
          tally.add(PoolCount.OVERDUE);
          report(PoolCount.OVERDUE, "overdue", loan(entry, now), effects);
        }
      }
      case BUSY -> {
        if (++entry.roundsBusy == 2) { // seen at two: for a round at least
          suppliesNobody(entry);
        }
      }
      case LEAVING -> {} // its call has a deadline
    }
  }

  private void shedIdle(long now, Effects effects) {
    long most = spec.idleTimeoutNanos();
    Entry<T> oldest = idle.bottom();
    while (oldest != null
        && most != 0
        && oldest.idleSinceNanos != 0
        && now - oldest.idleSinceNanos >= most
        && idle.size() > minIdle) {
      idle.remove(oldest);
      remove(oldest, PoolCount.IDLED_OUT, null, effects);
      oldest = idle.bottom();
    }
  }

  /**
   * One at a time, each beginning when the one before has ended, and never the only one that is
   * idle while borrowers come: they have it checked themselves.
   */
  private void checkHealth(long now, Effects effects) {
    if (healthChecks > 0 || (inDemand && idle.size() <= 1)) {
      return;
    }
    for (Entry<T> entry = idle.bottom(); entry != null; entry = entry.above) {
      if (entry.isDueForCheck(now)) {
        idle.remove(entry);
        validate(entry, null, effects);
        return;
      }
    }
  }

  private void endLostLoans(long now, Effects effects) {
    for (Reference<?> found = lost.poll(); found != null; found = lost.poll()) {
      @SuppressWarnings("unchecked") // nothing else is put there
      Trace<T> trace = (Trace<T>) found;
      Entry<T> entry = trace.entry;
      if (entry.isLentAs(trace.ticket)) {
        report(PoolCount.LOST, "lost", loan(entry, now), effects);
        endLoan(entry);
        remove(entry, PoolCount.LOST, trace.stack, effects);
      }
    }
  }

  private void report(PoolCount reason, String how, Loan loan, Effects effects) {
    effects.add(() ->
        reports.add(() -> {
          PoolEvents.loanReported(name(), reason, loan);
          LOG.log(
              System.Logger.Level.WARNING,
              "a loan is %s: pool=%s, borrower=%s, ageMillis=%d; close what acquire returns"
                  .formatted(how, name(), loan.borrower(), loan.age().toMillis()),
              loan.stack().orElse(null));
        }));
  }

  private Loan loan(Entry<T> entry, long now) {
    Thread thread = entry.borrower;
    Trace<T> trace = entry.trace;
    String borrower = thread == null ? "?" : thread.getName() + "#" + thread.threadId();
    return new Loan(
        borrower,
        Duration.ofNanos(now - entry.usedNanos),
        trace == null ? Optional.empty() : Optional.of(trace.stack));
  }

  // Changes while in use

  void resize(int newMinIdle, int newMax) {
    change(effects -> {
      minIdle = newMinIdle;
      max = newMax;
      Entry<T> oldest = idle.bottom();
      while (oldest != null && total() - leaving > max) {
        idle.remove(oldest);
        remove(oldest, PoolCount.SURPLUS, null, effects);
        oldest = idle.bottom();
      }
      settle(effects);
    });
  }

  CompletableFuture<Void> replace(ConnectionManager<T> manager) {
    Source<T> next = new Source<>(manager); // looks at a foreign class: before anything changes
    Effects effects = new Effects();
    Source<T> old;
    lock.lock();
    try {
      if (closing != null) {
        throw refusal(Refusal.Kind.CLOSED, 0).toException();
      }
      old = replaceSource(next, effects);
    } finally {
      lock.unlock();
    }
    effects.run();
    return old.gone.copy();
  }

  private Source<T> replaceSource(Source<T> next, Effects effects) {
    Source<T> old = source;
    old.replaced = true;
    source = next;
    breaker.succeeded(); // what failed was the old one
    withdrawCreations(effects);
    for (Entry<T> top = idle.top(); top != null; top = idle.top()) {
      idle.remove(top);
      remove(top, PoolCount.REPLACED, null, effects);
    }
    if (old.objects == 0) {
      effects.add(() -> environment.startSurely(() -> old.gone.complete(null)));
    }
    settle(effects);
    return old;
  }

  /** Whether so many objects were made within the time. */
  boolean warmUp(int objects, long timeoutNanos) throws InterruptedException {
    change(effects -> {
      warm = Math.max(warm, objects);
      settle(effects);
    });
    long left = timeoutNanos;
    lock.lockInterruptibly();
    try {
      while (!isWarm(objects)) {
        if (closing != null) {
          throw refusal(Refusal.Kind.CLOSED, timeoutNanos - left).toException();
        }
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  // Ending

  CompletableFuture<ShutdownReport> shutdown(long graceNanos) {
    Effects effects = new Effects();
    Closing current;
    lock.lock();
    try {
      current = beginClosing(effects);
    } finally {
      lock.unlock();
    }
    effects.run();
    if (graceNanos == 0) {
      takeAll();
    } else {
      environment.after(graceNanos, this::takeAll);
    }
    return current.report.copy();
  }

  private Closing beginClosing(Effects effects) {
    Closing current = closing;
    if (current == null) {
      int resting = idle.size() + busy + leaving;
      current = new Closing(environment.nanoTime(), resting, waiters.size());
      closing = current;
      for (Waiter<T> waiter = waiters.poll(); waiter != null; waiter = waiters.poll()) {
        refuse(waiter, Refusal.Kind.CLOSED, effects);
      }
      withdrawCreations(effects);
      for (Entry<T> top = idle.top(); top != null; top = idle.top()) {
        idle.remove(top);
        remove(top, PoolCount.SHUT_DOWN, null, effects);
      }
      changed.signalAll();
      finishClosing(effects);
    }
    return current;
  }

  /** The grace is over: who still has an object loses it. */
  private void takeAll() {
    change(effects -> {
      Closing current = closing;
      if (current == null) {
        throw new AssertionError("taking objects from borrowers of an open pool");
      }
      long now = environment.nanoTime();
      for (Entry<T> entry : entries) {
        if (entry.place == Place.LENT) {
          current.forced.add(loan(entry, now));
          entry.endLoan();
          lent--;
          remove(entry, PoolCount.FORCED, null, effects);
        }
      }
      finishClosing(effects);
    });
  }

  private void finishClosing(Effects effects) {
    Closing current = closing;
    if (current == null || current.finished || total() + late > 0) {
      return;
    }
    current.finished = true;
    ShutdownReport report = current.report(environment.nanoTime());
    effects.add(() ->
        environment.startSurely(() -> {
          environment.stop();
          current.report.complete(report);
        }));
  }

  // Looking

  PoolSnapshot snapshot() {
    lock.lock();
    try {
      return new PoolSnapshot(
          name(), sizes(), breaker.state(creations.size()), waits.snapshot(), tally.copy());
    } finally {
      lock.unlock();
    }
  }

  List<Loan> loans() {
    lock.lock();
    try {
      long now = environment.nanoTime();
      return entries.stream()
          .filter(entry -> entry.place == Place.LENT)
          .map(entry -> loan(entry, now))
          .sorted(Comparator.comparing(Loan::age).reversed())
          .toList();
    } finally {
      lock.unlock();
    }
  }

  private PoolSnapshot.Sizes sizes() {
    return new PoolSnapshot.Sizes(
        max, minIdle, idle.size(), lent, creations.size(), busy, leaving, waiters.size());
  }

  /** Throws if the lists, the counts or the invariant above are broken; for tests. */
  void verify() {
    lock.lock();
    try {
      requireThat(count(Place.IDLE) == idle.size(), "idle");
      requireThat(count(Place.LENT) == lent, "lent");
      requireThat(count(Place.BUSY) == busy, "busy");
      requireThat(count(Place.LEAVING) == leaving, "leaving");
      requireThat(entries.stream().filter(entry -> entry.supplies).count() == supplying, "supply");
      if (!waiters.isEmpty()) {
        Entry<T> top = idle.top();
        long now = environment.nanoTime();
        boolean lies = top != null && isFresh(top, now) && !top.isPastLifetime(now);
        requireThat(!lies, "an object lies idle beside waiters");
        requireThat(
            top == null || waiters.firstWithoutCheck() == null, "no check for somebody who waits");
        boolean served = pendingForWaiters() >= waiters.size() || !creations.isEmpty();
        requireThat(served || total() >= max || retry != null, "nobody serves the waiters");
      }
    } finally {
      lock.unlock();
    }
  }

  private long count(Place place) {
    return entries.stream().filter(entry -> entry.place == place).count();
  }

  private void requireThat(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException(
          "pool inconsistent: pool=%s, what=%s, sizes=%s".formatted(name(), what, sizes()));
    }
  }

  /** Changes something under the lock and has the effects after it. */
  private void change(Consumer<Effects> step) {
    Effects effects = new Effects();
    lock.lock();
    try {
      step.accept(effects);
    } finally {
      lock.unlock();
    }
    effects.run();
  }
}
