package dev.holdfast.benchmarks;

import dev.holdfast.resource.data.Lease;
import dev.holdfast.resource.data.MutableSharedData;
import dev.holdfast.resource.data.SharedData;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.concurrent.locks.StampedLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a read of a shared value cost, and what a change, when nobody is in the way?
 *
 * <p>Peers: a volatile field and an {@link AtomicReference}, which have no versions; the read-write
 * locks of the JDK.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class SharedDataBenchmark {
  private final SharedData<Long> shared = SharedData.of(1L);
  private final SharedData<long[]> changed = SharedData.of(new long[1], long[]::clone);
  private final MutableSharedData<long[]> mutable = MutableSharedData.of(new long[1]);
  private final AtomicReference<Long> reference = new AtomicReference<>(1L);
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final StampedLock stampedLock = new StampedLock();
  private volatile Long field = 1L;
  private final long[] plain = new long[1];

  /** Reads the current value. */
  @Benchmark
  public Long read() {
    return shared.get();
  }

  /** Reads a volatile field. */
  @Benchmark
  public Long bareVolatileRead() {
    return field;
  }

  /** Reads an atomic reference. */
  @Benchmark
  public Long bareReferenceRead() {
    return reference.get();
  }

  /** Reads under a lease. */
  @Benchmark
  public long leasedRead() {
    try (Lease<long[]> lease = changed.lease()) {
      return lease.value()[0];
    }
  }

  /** Reads under a guard. */
  @Benchmark
  public long guardedRead() {
    return mutable.<Long>read(value -> value[0]);
  }

  /** Reads under a read lock. */
  @Benchmark
  public long bareLockGuardedRead() {
    lock.readLock().lock();
    try {
      return plain[0];
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Reads under a stamp. */
  @Benchmark
  public long bareStampLeasedRead() {
    long stamp = stampedLock.readLock();
    try {
      return plain[0];
    } finally {
      stampedLock.unlockRead(stamp);
    }
  }

  /** Makes a new version. */
  @Benchmark
  public Long update() {
    return shared.update(value -> value == 1L ? 2L : 1L);
  }

  /** Replaces a reference. */
  @Benchmark
  public Long bareReferenceUpdate() {
    return reference.updateAndGet(value -> value == 1L ? 2L : 1L);
  }

  /** Changes in place: nobody else has the value. */
  @Benchmark
  public long changeInPlace() {
    return changed.change(value -> value[0]++);
  }

  /** Changes under a write lock. */
  @Benchmark
  public long bareLockChangeInPlace() {
    lock.writeLock().lock();
    try {
      return ++plain[0];
    } finally {
      lock.writeLock().unlock();
    }
  }
}
