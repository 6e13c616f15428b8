package dev.holdfast.sync;

import dev.holdfast.region.Region;
import dev.holdfast.sync.Locks.MutexOption;
import dev.holdfast.sync.Locks.ReadWriteOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Locks whose words stand in the bytes of a region, beside what they protect: at offsets that the
 * user chooses, as many as there is room for. They need no name and no entry in the space's table,
 * and end with the region.
 *
 * <p><b>Sharing.</b> Any thread; all processes of the space, in whatever language. Everybody who
 * opens the same offset of the same region gets the same lock.
 *
 * <p><b>Lifetime.</b> Somebody <i>places</i> a lock, once: it is initialised and ready from then
 * on. The others <i>open</i> it. It is gone when the region is, or when its 64 bytes are set to 0
 * by somebody who knows that nobody uses it. This holds the region, with a mapping of its own;
 * closing a {@link Region} takes nothing away from its locks. {@link #close} sends everybody of
 * this process away who waits, with {@link LocksClosedException}; what a thread still owns stays
 * its own, and mapped, until it releases it. After the death of an owner the next one is told, as
 * with any lock. If the region was kept in a file or copied, owners of its earlier life count as
 * dead.
 *
 * <p><b>Cost.</b> 64 bytes in the region; a semaphore 8 more a permit, a read-write lock 8 more a
 * participant slot of the space. Taking one costs what taking a named lock costs; placing one takes
 * the space's catalog section, some system calls. No statistics are kept. About 640 bytes of heap
 * for each lock that this process has opened.
 *
 * <p><b>Errors.</b> {@link IllegalArgumentException} for an offset that is not a multiple of 64 or
 * has no room behind it; {@link PlaceTakenException} where a lock stands, {@link
 * LockNotFoundException} where none does, {@link WrongLockKindException} where one of another kind
 * does; {@link dev.holdfast.region.CorruptedException} if its fields make no sense.
 *
 * <pre>{@code
 * try (Region region = space.create(RegionSpec.named("accounts").bytes(1 << 20));
 *     PlacedLocks locks = Locks.of(space).placed("accounts")) {
 *   Mutex first = locks.placeMutex(0);
 *   try (Hold held = first.hold()) {
 *     region.segment().set(JAVA_LONG, 64, 100);
 *   }
 * }
 * }</pre>
 */
public final class PlacedLocks implements AutoCloseable {
  private final Locks.Core core;
  private final PlacedRegion region;
  private final AtomicBoolean closed = new AtomicBoolean();

  PlacedLocks(Locks.Core core, PlacedRegion region) {
    this.core = core;
    this.region = region;
  }

  // ---- how much room they take -----------------------------------------------------------------

  /** How many bytes a mutex takes. */
  public long mutexBytes() {
    return PlacedLayout.bytes(0);
  }

  /** How many bytes a read-write lock takes: more, the more participants the space has room for. */
  public long readWriteLockBytes() {
    return PlacedLayout.bytes(core.membership.participants());
  }

  /** How many bytes a semaphore of that many permits takes. */
  public long semaphoreBytes(int permits) {
    return PlacedLayout.bytes(permits);
  }

  // ---- placing ---------------------------------------------------------------------------------

  /**
   * Places a mutex, which must not be there yet.
   *
   * @param offset in the region, a multiple of 64
   */
  public Mutex placeMutex(long offset, MutexOption... options) {
    requireOpen().place(offset, LockKind.MUTEX, Locks.bits(options), 0, 0);
    return mutex(offset);
  }

  /**
   * Places a mutex, which must not be there yet, with room for an {@link UndoRecord}.
   *
   * @param undoBytes how much, 0 to 65,536; that many bytes more, rounded up to 8, does it take
   */
  public Mutex placeMutexWithUndo(long offset, int undoBytes, MutexOption... options) {
    requireOpen().place(offset, LockKind.MUTEX, Locks.bits(options), 0, UndoArea.cells(undoBytes));
    return mutex(offset);
  }

  /** Places a read-write lock, which must not be there yet. */
  public ReadWriteLock placeReadWriteLock(long offset, ReadWriteOption... options) {
    requireOpen()
        .place(
            offset,
            LockKind.READ_WRITE_LOCK,
            Locks.bits(options),
            core.membership.participants(),
            0);
    return readWriteLock(offset);
  }

  /**
   * Places a read-write lock, which must not be there yet, with room for an {@link UndoRecord}.
   *
   * @param undoBytes how much, 0 to 65,536; that many bytes more, rounded up to 8, does it take
   */
  public ReadWriteLock placeReadWriteLockWithUndo(
      long offset, int undoBytes, ReadWriteOption... options) {
    requireOpen()
        .place(
            offset,
            LockKind.READ_WRITE_LOCK,
            Locks.bits(options),
            core.membership.participants(),
            UndoArea.cells(undoBytes));
    return readWriteLock(offset);
  }

  /**
   * Places a semaphore, which must not be there yet.
   *
   * @param permits how many it has, 1 to 4,096
   */
  public Semaphore placeSemaphore(long offset, int permits, MutexOption... options) {
    Locks.requirePermits("offset " + offset, permits);
    requireOpen().place(offset, LockKind.SEMAPHORE, Locks.bits(options), permits, 0);
    return semaphore(offset);
  }

  // ---- opening ---------------------------------------------------------------------------------

  /** What is placed at that offset, if a lock is. */
  public Optional<LockKind> find(long offset) {
    return requireOpen().find(offset);
  }

  /** The mutex that was placed there. It has one condition, {@link Mutex#newCondition}. */
  public Mutex mutex(long offset) {
    MutexCore mutex =
        requireOpen().open(offset, LockKind.MUTEX, MutexCore.class, Locks.Core::placedMutex);
    return new Mutex(mutex);
  }

  /** The read-write lock that was placed there. */
  public ReadWriteLock readWriteLock(long offset) {
    ReadWriteCore lock =
        requireOpen().open(offset, LockKind.READ_WRITE_LOCK, ReadWriteCore.class, core::readWrite);
    return new ReadWriteLock(lock);
  }

  /** The semaphore that was placed there. */
  public Semaphore semaphore(long offset) {
    SemaphoreCore semaphore =
        requireOpen().open(offset, LockKind.SEMAPHORE, SemaphoreCore.class, SemaphoreCore::new);
    return new Semaphore(semaphore);
  }

  /**
   * Makes a lock that is not recoverable usable again: for operators who repaired what it protects.
   *
   * @return whether it was not recoverable
   */
  public boolean reset(long offset) {
    return requireOpen().reset(offset);
  }

  private PlacedRegion requireOpen() {
    if (closed.get() || core.waits.isClosed()) {
      throw new LocksClosedException(
          "the locks of this region are closed: region=" + region.name());
    }
    return region;
  }

  /**
   * Gives the region back, once the last of those of this process who have its locks open closes.
   * The second close is a no-op.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      core.release(region);
    }
  }

  @Override
  public String toString() {
    return "PlacedLocks[%s%s]".formatted(region.name(), closed.get() ? ", closed" : "");
  }
}
