package dev.holdfast.benchmarks;

import dev.holdfast.sync.Locks;
import dev.holdfast.sync.Mutex;
import dev.holdfast.sync.ReadWriteLock;
import dev.holdfast.sync.Semaphore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
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
 * process; a file lock; a robust, process-shared pthread mutex called through FFM, which is the
 * only other one here that survives its owner.
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
  private final RobustMutex robustMutex = new RobustMutex();
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
    robustMutex.close();
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

  /** A robust, process-shared pthread mutex. */
  private static final class RobustMutex {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final FunctionDescriptor ONE =
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
    private static final FunctionDescriptor TWO =
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
    private static final FunctionDescriptor WITH_INT =
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    private static final MethodHandle LOCK = handle("pthread_mutex_lock", ONE);
    private static final MethodHandle UNLOCK = handle("pthread_mutex_unlock", ONE);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment mutex = arena.allocate(64, 64);

    RobustMutex() {
      MemorySegment attributes = arena.allocate(64, 64);
      call(handle("pthread_mutexattr_init", ONE), attributes);
      call(handle("pthread_mutexattr_setpshared", WITH_INT), attributes, 1);
      call(handle("pthread_mutexattr_setrobust", WITH_INT), attributes, 1);
      call(handle("pthread_mutex_init", TWO), mutex, attributes);
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
      return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), descriptor);
    }

    private static void call(MethodHandle handle, Object... arguments) {
      try {
        int result = (int) handle.invokeWithArguments(arguments);
        if (result != 0) {
          throw new IllegalStateException("pthread call failed: error=" + result);
        }
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }

    void lock() {
      try {
        int result = (int) LOCK.invokeExact(mutex);
        if (result != 0) {
          throw new IllegalStateException("pthread_mutex_lock failed: error=" + result);
        }
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }

    void unlock() {
      try {
        int result = (int) UNLOCK.invokeExact(mutex);
        if (result != 0) {
          throw new IllegalStateException("pthread_mutex_unlock failed: error=" + result);
        }
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }

    void close() {
      arena.close();
    }
  }
}
