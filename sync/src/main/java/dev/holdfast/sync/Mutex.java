package dev.holdfast.sync;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Mutual exclusion between threads of all processes of a space, in whatever language; reentrant.
 *
 * <p><b>Sharing.</b> Any thread, platform or virtual; a waiting virtual thread does not pin its
 * carrier. The lock is the thread's: only it can release.
 *
 * <p><b>Lifetime.</b> The lock lives in the space. If its owner dies, the next one gets it and is
 * told: {@link #hold()} returns with {@link Hold#ownerDied()} true; {@link #lock()}, which cannot
 * tell, runs the repair given to {@link #repairedBy}, or throws {@link OwnerDiedException} without
 * owning the lock. An owner that is stopped is alive, however long: nothing is ever taken from it.
 *
 * <p><b>Memory effects.</b> What was done before a release, in whatever process, happened before
 * what is done after the next acquisition.
 *
 * <p><b>Cost.</b> Free: one compare-and-set to take, one to release. Contended: spins while that
 * pays, then sleeps; a release costs a system call only if the next one sleeps.
 *
 * <p><b>Errors.</b> {@link DeadlockException} for the victim of a deadlock, {@link
 * NotRecoverableException}, {@link LocksClosedException}; {@link IllegalMonitorStateException} for
 * whoever releases what is not its own.
 *
 * <pre>{@code
 * try (Hold held = mutex.hold(Duration.ofSeconds(1))) {
 *   ledger.write(held.token(), entry);
 * }
 * }</pre>
 */
public final class Mutex implements Lock {
  static final String CONDITION = "condition";

  private final MutexCore core;
  private final Priority priority;
  private final LockClass lockClass;
  private final @Nullable Consumer<Hold> repair;

  Mutex(MutexCore core) {
    this(core, Priority.NORMAL, new LockClass(core.name(), 0), null);
  }

  private Mutex(
      MutexCore core, Priority priority, LockClass lockClass, @Nullable Consumer<Hold> repair) {
    this.core = core;
    this.priority = priority;
    this.lockClass = lockClass;
    this.repair = repair;
  }

  /** The same lock, waited for with that priority. */
  public Mutex at(Priority newPriority) {
    return new Mutex(core, newPriority, lockClass, repair);
  }

  /**
   * The same lock; if it is taken through this after an owner died, {@code newRepair} runs first,
   * owning it. When it returns, the lock is declared consistent; if it throws, the lock is left to
   * the next one, who is told again.
   */
  public Mutex repairedBy(Consumer<Hold> newRepair) {
    return new Mutex(core, priority, lockClass, newRepair);
  }

  /**
   * The same lock, in the order of locks ({@link Locks#lockOrder}) one of that class instead of one
   * by itself: for many locks that are alike, of which a thread owns one at a time.
   */
  public Mutex inClass(String name) {
    return inClass(name, 0);
  }

  /**
   * As {@link #inClass(String)}, for threads that own several of one class.
   *
   * @param level 0 or more; locks of one class are taken with rising levels
   */
  public Mutex inClass(String name, int level) {
    return new Mutex(core, priority, new LockClass(name, level), repair);
  }

  /** Its name in the space. */
  public String name() {
    return core.name();
  }

  MutexCore core() {
    return core;
  }

  // ---- with its outcome ------------------------------------------------------------------------

  /** Takes the lock, however long that takes. */
  public Hold hold() {
    beforeAsking(true);
    if (!core.tryFast()) {
      core.acquire(Wait.forEver(priority, core.now()));
    }
    return repaired();
  }

  /**
   * Takes the lock. A time-out of zero or less takes it only if it is free.
   *
   * @throws LockTimeoutException if it was not to be had in time
   */
  public Hold hold(Duration timeout) {
    beforeAsking(Wait.isWaiting(timeout));
    if (!core.tryFast() && !core.tryAcquire(Wait.atMost(timeout, false, priority, core.now()))) {
      throw core.timedOut(timeout);
    }
    return repaired();
  }

  /** Takes the lock if it is free. */
  public Optional<Hold> tryHold() {
    beforeAsking(false);
    return core.tryNow() ? Optional.of(repaired()) : Optional.empty();
  }

  /** Whether the calling thread owns it. */
  public boolean isHeldByCurrentThread() {
    return core.isMine();
  }

  private void beforeAsking(boolean mayWait) {
    core.beforeAsking(lockClass, mayWait);
  }

  private Hold repaired() {
    if (repair != null) {
      core.requireConsistent(repair);
    }
    return new OwnedHold(core, priority);
  }

  // ---- java.util.concurrent --------------------------------------------------------------------

  /**
   * {@inheritDoc}
   *
   * @throws OwnerDiedException if an owner died and there is no {@link #repairedBy}; the caller
   *     does not own the lock, and the next one is told the same
   */
  @Override
  public void lock() {
    beforeAsking(true);
    if (!core.tryFast()) {
      core.acquire(Wait.forEver(priority, core.now()));
      core.requireConsistent(repair);
    }
  }

  @Override
  public void lockInterruptibly() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    beforeAsking(true);
    Wait wait = new Wait(Long.MAX_VALUE, true, priority, core.now());
    core.acquireInterruptibly(wait);
    core.requireConsistent(repair);
  }

  @Override
  public boolean tryLock() {
    beforeAsking(false);
    boolean taken = core.tryNow();
    if (taken) {
      core.requireConsistent(repair);
    }
    return taken;
  }

  @Override
  public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Duration timeout = Duration.of(time, unit.toChronoUnit());
    beforeAsking(Wait.isWaiting(timeout));
    boolean taken = core.acquireInterruptibly(Wait.atMost(timeout, true, priority, core.now()));
    if (taken) {
      core.requireConsistent(repair);
    }
    return taken;
  }

  @Override
  public void unlock() {
    core.release();
  }

  /**
   * The lock's condition that has no name: the same one each time, in every process.
   *
   * @see #condition
   */
  @Override
  public Condition newCondition() {
    return condition(CONDITION);
  }

  /**
   * The condition of that name; the same one for every process.
   *
   * @param name as that of a lock; the condition stands in the table as {@code lock/name}
   */
  public Condition condition(String name) {
    return core.condition(name);
  }

  @Override
  public String toString() {
    return "Mutex[" + core.name() + "]";
  }
}
