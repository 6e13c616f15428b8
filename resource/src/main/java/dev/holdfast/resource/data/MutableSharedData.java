package dev.holdfast.resource.data;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A value that is changed where it stands: many threads read it together, or one changes it alone.
 * For values that are small or cheap to copy {@link SharedData} is better: its readers never wait.
 *
 * <p><b>Sharing.</b> Threads of this process, virtual ones as well. Who waits longest is next; a
 * waiting writer holds back new readers. A thread that writes may also read, and one that holds a
 * guard may open another of its kind; one that reads cannot begin to write, which is refused
 * instead of waiting for itself for ever.
 *
 * <p><b>Memory effects.</b> What was done under a write guard happens before what is done under
 * every guard opened after its close.
 *
 * <p><b>Errors.</b> What a function throws passes through and its guard is closed; what it changed
 * until then stays changed.
 *
 * <pre>{@code
 * MutableSharedData<List<String>> names = MutableSharedData.of(new ArrayList<>());
 * names.write(list -> list.add("Ada"));
 * int count = names.read(List::size);
 * try (ReadGuard<List<String>> guard = names.read()) {
 *   guard.get().forEach(this::show);
 * }
 * }</pre>
 */
public final class MutableSharedData<T> {
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
  private final LongAdder timeouts = new LongAdder();
  private T value; // guarded by lock
  private volatile long version; // written under the write lock

  private MutableSharedData(T value) {
    this.value = Objects.requireNonNull(value, "value");
  }

  /** Shares a value; the caller gives it away and does not use it itself any more. */
  public static <T> MutableSharedData<T> of(T value) {
    return new MutableSharedData<>(value);
  }

  /** What the function makes of the value, which it does not change and does not give out. */
  public <R extends @Nullable Object> R read(Function<? super T, ? extends R> function) {
    try (ReadGuard<T> guard = read()) {
      return function.apply(guard.get());
    }
  }

  /**
   * What the function gives, which may change the value but not give it out.
   *
   * @throws IllegalStateException if this thread reads
   */
  public <R extends @Nullable Object> R write(Function<? super T, ? extends R> function) {
    try (WriteGuard<T> guard = write()) {
      return function.apply(guard.get());
    }
  }

  /** Waits until the value may be read. */
  public ReadGuard<T> read() {
    lock.readLock().lock();
    return new ReadGuard<>(this);
  }

  /**
   * Waits until the value may be changed.
   *
   * @throws IllegalStateException if this thread reads
   */
  public WriteGuard<T> write() {
    refuseUpgrade();
    lock.writeLock().lock();
    return new WriteGuard<>(this);
  }

  /** Waits so long until the value may be read; nothing if it may not be. */
  public Optional<ReadGuard<T>> tryRead(Duration timeout) throws InterruptedException {
    if (lock.readLock().tryLock(nanos(timeout), TimeUnit.NANOSECONDS)) {
      return Optional.of(new ReadGuard<>(this));
    }
    timeouts.increment();
    return Optional.empty();
  }

  /**
   * Waits so long until the value may be changed; nothing if it may not be.
   *
   * @throws IllegalStateException if this thread reads
   */
  public Optional<WriteGuard<T>> tryWrite(Duration timeout) throws InterruptedException {
    refuseUpgrade();
    if (lock.writeLock().tryLock(nanos(timeout), TimeUnit.NANOSECONDS)) {
      return Optional.of(new WriteGuard<>(this));
    }
    timeouts.increment();
    return Optional.empty();
  }

  /** For ever, if it is longer than 292 years. */
  private static long nanos(Duration timeout) {
    return TimeUnit.NANOSECONDS.convert(timeout);
  }

  private void refuseUpgrade() {
    if (lock.getReadHoldCount() > 0 && !lock.isWriteLockedByCurrentThread()) {
      throw new IllegalStateException(
          "this thread reads and would wait for itself: readGuards=%d; close them first"
              .formatted(lock.getReadHoldCount()));
    }
  }

  T value() {
    return value;
  }

  void replace(T next) {
    value = next;
  }

  void endRead() {
    lock.readLock().unlock();
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only under the write lock
  void endWrite() {
    version++;
    lock.writeLock().unlock();
  }

  /** How often it was changed, at most: write guards closed so far. */
  public long version() {
    return version;
  }

  /** What was counted so far, and how it stands. */
  public MutableSharedDataStats stats() {
    return new MutableSharedDataStats(
        version,
        lock.getReadLockCount(),
        lock.isWriteLocked(),
        lock.getQueueLength(),
        timeouts.sum());
  }

  @Override
  public String toString() {
    return "MutableSharedData[version=%d]".formatted(version);
  }
}
