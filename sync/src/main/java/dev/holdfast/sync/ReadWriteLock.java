package dev.holdfast.sync;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Many readers or one writer, threads of all processes of a space; and an update, which goes with
 * readers and may become the writer.
 *
 * <p><b>Sharing.</b> Any thread, platform or virtual. A thread that reads may read again, whoever
 * waits. One that reads may not write: use {@link #update}.
 *
 * <p><b>Order.</b> A writer that waits keeps new readers out. When it goes, the readers that waited
 * go in together, before the next writer.
 *
 * <p><b>Lifetime.</b> A reader that dies is passed over. After a writer or updater that dies the
 * next one is told, as by a {@link Mutex}; a reader that comes first repairs as a writer, with the
 * repair given to {@link #repairedBy}, or throws {@link OwnerDiedException}.
 *
 * <p><b>Cost.</b> The first reader of a process writes a word of its own and reads the lock's;
 * those who join it touch only memory of the process. A lock made {@link
 * Locks.ReadWriteOption#READ_BIASED} keeps that word set until a writer asks for it. A writer looks
 * at a word a participant.
 *
 * <pre>{@code
 * try (WriteHold held = lock.update()) {
 *   if (isStale(index)) {
 *     held.upgrade();
 *     rebuild(index);
 *   }
 * }
 * }</pre>
 */
public final class ReadWriteLock implements java.util.concurrent.locks.ReadWriteLock {
  private final ReadWriteCore core;
  private final Priority priority;
  private final LockClass lockClass;
  private final @Nullable Consumer<Hold> repair;

  ReadWriteLock(ReadWriteCore core) {
    this(core, Priority.NORMAL, new LockClass(core.name(), 0), null);
  }

  private ReadWriteLock(
      ReadWriteCore core, Priority priority, LockClass lockClass, @Nullable Consumer<Hold> repair) {
    this.core = core;
    this.priority = priority;
    this.lockClass = lockClass;
    this.repair = repair;
  }

  /** The same lock, waited for with that priority. */
  public ReadWriteLock at(Priority newPriority) {
    return new ReadWriteLock(core, newPriority, lockClass, repair);
  }

  /** The same lock; after an owner died {@code newRepair} runs first, as the writer. */
  public ReadWriteLock repairedBy(Consumer<Hold> newRepair) {
    return new ReadWriteLock(core, priority, lockClass, newRepair);
  }

  /** The same lock, one of that class in the order of locks: {@link Mutex#inClass(String)}. */
  public ReadWriteLock inClass(String name) {
    return inClass(name, 0);
  }

  /** The same lock, one of that class and level: {@link Mutex#inClass(String, int)}. */
  public ReadWriteLock inClass(String name, int level) {
    return new ReadWriteLock(core, priority, new LockClass(name, level), repair);
  }

  /** Its name in the space. */
  public String name() {
    return core.name();
  }

  // ---- reading ---------------------------------------------------------------------------------

  /** Goes in to read, however long that takes. */
  public ReadHold read() {
    core.beforeAsking(lockClass, true);
    if (!core.tryReadNow()) {
      var _ = uninterrupted(core.read(forEver(), repair));
    }
    return new CoreReadHold(core);
  }

  /**
   * Goes in to read.
   *
   * @throws LockTimeoutException if that could not be in time
   */
  public ReadHold read(Duration timeout) {
    core.beforeAsking(lockClass, Wait.isWaiting(timeout));
    if (!uninterrupted(core.read(atMost(timeout, false), repair))) {
      throw core.timedOut(timeout);
    }
    return new CoreReadHold(core);
  }

  /**
   * Goes in to read if nobody living is in the way; after a dead writer as {@link #read()} does.
   */
  public Optional<ReadHold> tryRead() {
    core.beforeAsking(lockClass, false);
    return core.tryRead(repair) ? Optional.of(new CoreReadHold(core)) : Optional.empty();
  }

  // ---- updating and writing --------------------------------------------------------------------

  /** Becomes the only one to update, beside readers, however long that takes. */
  public WriteHold update() {
    return own(WaitWord.UPDATE);
  }

  /**
   * Becomes the only one to update.
   *
   * @throws LockTimeoutException if that could not be in time
   */
  public WriteHold update(Duration timeout) {
    return own(WaitWord.UPDATE, timeout);
  }

  /** Becomes the writer, however long that takes. */
  public WriteHold write() {
    return own(WaitWord.EXCLUSIVE);
  }

  /**
   * Becomes the writer.
   *
   * @throws LockTimeoutException if that could not be in time
   */
  public WriteHold write(Duration timeout) {
    return own(WaitWord.EXCLUSIVE, timeout);
  }

  private WriteHold own(long mode, Duration timeout) {
    core.beforeAsking(lockClass, Wait.isWaiting(timeout));
    if (!uninterrupted(core.acquire(mode, atMost(timeout, false)))) {
      throw core.timedOut(timeout);
    }
    return owned();
  }

  private WriteHold own(long mode) {
    core.beforeAsking(lockClass, true);
    if (!core.tryOwnNow(mode)) {
      var _ = uninterrupted(core.acquire(mode, forEver()));
    }
    return owned();
  }

  private WriteHold owned() {
    if (repair != null) {
      core.requireConsistent(repair);
    }
    return new CoreWriteHold(core, priority);
  }

  private Wait forEver() {
    return Wait.forEver(priority, core.now());
  }

  private Wait atMost(Duration timeout, boolean interruptible) {
    return Wait.atMost(timeout, interruptible, priority, core.now());
  }

  /** Whether it was had in time. */
  private boolean uninterrupted(Wait.@Nullable End end) {
    if (end == Wait.End.CLOSED) {
      throw Refusals.closed(core.name());
    }
    return end == null;
  }

  private boolean interruptible(Wait.@Nullable End end) throws InterruptedException {
    if (end == Wait.End.INTERRUPTED) {
      var _ = Thread.interrupted();
      throw new InterruptedException("interrupted while waiting for lock " + core.name());
    }
    return uninterrupted(end);
  }

  // ---- java.util.concurrent --------------------------------------------------------------------

  @Override
  public Lock readLock() {
    return new View(true);
  }

  @Override
  public Lock writeLock() {
    return new View(false);
  }

  /** One side of the lock, as java.util.concurrent has it. */
  private final class View implements Lock {
    private final boolean reads;

    View(boolean reads) {
      this.reads = reads;
    }

    @Override
    public void lock() {
      core.beforeAsking(lockClass, true);
      if (!(reads ? core.tryReadNow() : core.tryOwnNow(WaitWord.EXCLUSIVE))) {
        var _ = uninterrupted(take(forEver()));
      }
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
      requireNotInterrupted();
      core.beforeAsking(lockClass, true);
      var _ = interruptible(take(new Wait(Long.MAX_VALUE, true, priority, core.now())));
    }

    @Override
    public boolean tryLock() {
      core.beforeAsking(lockClass, false);
      return uninterrupted(take(atMost(Duration.ZERO, false)));
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
      requireNotInterrupted();
      Duration timeout = Duration.of(time, unit.toChronoUnit());
      core.beforeAsking(lockClass, Wait.isWaiting(timeout));
      return interruptible(take(atMost(timeout, true)));
    }

    private Wait.@Nullable End take(Wait wait) {
      if (reads) {
        return core.read(wait, repair);
      }
      Wait.@Nullable End end = core.acquire(WaitWord.EXCLUSIVE, wait);
      if (end == null) {
        core.requireConsistent(repair);
      }
      return end;
    }

    private static void requireNotInterrupted() throws InterruptedException {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }

    @Override
    public void unlock() {
      if (reads) {
        core.readDone();
      } else {
        core.release();
      }
    }

    /**
     * Not supported.
     *
     * @throws UnsupportedOperationException always; a {@link Mutex} has conditions
     */
    @Override
    public Condition newCondition() {
      throw new UnsupportedOperationException(
          "a read-write lock has no conditions: name=%s; use a mutex".formatted(core.name()));
    }
  }

  @Override
  public String toString() {
    return "ReadWriteLock[" + core.name() + "]";
  }
}
