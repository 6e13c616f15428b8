package dev.holdfast.benchmarks;

import dev.holdfast.sync.Locks;
import dev.holdfast.sync.Mutex;
import dev.holdfast.sync.ReadWriteLock;
import dev.holdfast.sync.Semaphore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.concurrent.locks.StampedLock;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ExternalMapQueryContext;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does taking and releasing a lock cost that nobody else wants?
 *
 * <p>Peers: a bare compare-and-set word and its release; the locks of the JDK, which end at the
 * process; a file lock, the lock of a Chronicle Map's entry, and glibc's process-shared mutex and
 * semaphore called through FFM, which do not. Of the peers only the file lock and the robust mutex
 * survive their owner. What the same costs without FFM, Boost's named mutex and {@code flock(1)}
 * are printed after it by LockPeers.cpp.
 */
@SuppressWarnings("LockNotBeforeTry") // the pair is what is measured
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class LockBenchmark {
  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final Locks locks = Locks.of(scratch.space());
  private final Mutex mutex = locks.mutex("mutex");
  private final ReadWriteLock readWriteLock = locks.readWriteLock("rw");
  private final Lock read = readWriteLock.readLock();
  private final Lock write = readWriteLock.writeLock();
  private final Lock biasedRead =
      locks.readWriteLock("biased", Locks.ReadWriteOption.READ_BIASED).readLock();
  private final Semaphore semaphore = locks.semaphore("semaphore", 4);

  private final AtomicLong word = new AtomicLong();
  private final ReentrantLock reentrantLock = new ReentrantLock();
  private final ReentrantReadWriteLock reentrantReadWriteLock = new ReentrantReadWriteLock();
  private final StampedLock stampedLock = new StampedLock();
  private final Arena arena = Arena.ofShared();
  private final RobustMutex robustMutex = RobustMutex.make(arena.allocate(RobustMutex.BYTES, 64));
  private final PosixSemaphore posixSemaphore =
      PosixSemaphore.make(arena.allocate(PosixSemaphore.BYTES, 64), 4);
  private final Path file;
  private final FileChannel channel;

  /** Opens the file of the file lock. */
  public LockBenchmark() {
    try {
      file = Files.createTempFile("holdfast-lock", "");
      channel = FileChannel.open(file, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Leaves nothing. */
  @TearDown
  public void close() throws IOException {
    channel.close();
    Files.delete(file);
    arena.close();
    scratch.close();
  }

  /** A mutex between processes. */
  @Benchmark
  public void mutex() {
    mutex.lock();
    mutex.unlock();
  }

  /** The same, with its outcome. */
  @Benchmark
  public long mutexHold() {
    try (var held = mutex.hold()) {
      return held.token();
    }
  }

  /** A read lock between processes. */
  @Benchmark
  public void read() {
    read.lock();
    read.unlock();
  }

  /** A read lock of which the process stays a reader. */
  @Benchmark
  public void readBiased() {
    biasedRead.lock();
    biasedRead.unlock();
  }

  /** A write lock between processes. */
  @Benchmark
  public void write() {
    write.lock();
    write.unlock();
  }

  /** One permit of four. */
  @Benchmark
  public int semaphore() {
    try (var permits = semaphore.hold(1)) {
      return permits.count();
    }
  }

  /** A Chronicle Map with one entry, in a file in memory. */
  @State(Scope.Benchmark)
  public static class Chronicle {
    private final Path file =
        Path.of("/dev/shm", "holdfast-chronicle-peer-" + ProcessHandle.current().pid());
    private final ChronicleMap<Integer, Integer> map;

    /** Makes it. */
    public Chronicle() {
      try {
        map =
            ChronicleMap.of(Integer.class, Integer.class)
                .entries(1_000)
                .createPersistedTo(file.toFile());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      map.put(1, 1);
    }

    /** Leaves nothing. */
    @TearDown
    public void close() throws IOException {
      map.close();
      Files.delete(file);
    }
  }

  /** The lock for writing of an entry of a Chronicle Map, which a killed owner keeps. */
  @Benchmark
  public void chronicleEntry(Chronicle chronicle) {
    try (ExternalMapQueryContext<Integer, Integer, ?> entry = chronicle.map.queryContext(1)) {
      entry.writeLock().lock();
      entry.writeLock().unlock();
    }
  }

  /** One compare-and-set and one release store. */
  @Benchmark
  public void bareWord() {
    if (word.compareAndSet(0, 1)) {
      word.setRelease(0);
    }
  }

  /** Within one process. */
  @Benchmark
  public void reentrantLock() {
    reentrantLock.lock();
    reentrantLock.unlock();
  }

  /** Within one process. */
  @Benchmark
  public void reentrantRead() {
    reentrantReadWriteLock.readLock().lock();
    reentrantReadWriteLock.readLock().unlock();
  }

  /** Within one process. */
  @Benchmark
  public void stampedRead() {
    stampedLock.unlockRead(stampedLock.readLock());
  }

  /** Between processes; two system calls. */
  @Benchmark
  public void fileLock() {
    try (FileLock lock = channel.lock()) {
      if (!lock.isValid()) {
        throw new IllegalStateException("not locked: file=" + file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Between processes, survives its owner: glibc's, through FFM. */
  @Benchmark
  public void pthreadRobust() {
    robustMutex.lock();
    robustMutex.unlock();
  }

  /** Between processes; permits of the dead do not come back. */
  @Benchmark
  public void posixSemaphore() {
    posixSemaphore.acquire();
    posixSemaphore.release();
  }

  /** Within one process. */
  @Benchmark
  public void reentrantWrite() {
    reentrantReadWriteLock.writeLock().lock();
    reentrantReadWriteLock.writeLock().unlock();
  }

  /** Within one process. */
  @Benchmark
  public void stampedWrite() {
    stampedLock.unlockWrite(stampedLock.writeLock());
  }
}
