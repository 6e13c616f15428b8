package dev.holdfast.sync;

import dev.holdfast.benchmarks.PosixSemaphore;
import dev.holdfast.benchmarks.RobustMutex;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import dev.holdfast.region.Space;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/** What {@link LockHandOver} passes between two processes: locks, and bare words. */
enum Batons {
  RAW_FUTEX("raw futex word"),
  MUTEX("Mutex"),
  MUTEX_FAIR("Mutex, FAIR"),
  MUTEX_INTERRUPTIBLE("Mutex, lockInterruptibly()"),
  PTHREAD("robust pthread mutex"),
  SEMAPHORE("POSIX semaphore"),
  FILE_LOCK("FileLock"),
  RAW_SPIN("raw spinning word"),
  MUTEX_HOT("Mutex");

  static final long BYTES = 1024;
  private static final long FUTEX_AT = 0;
  private static final long SPIN_AT = 128;
  private static final long PTHREAD_AT = 256;
  private static final long SEMAPHORE_AT = 384;

  final String label;

  Batons(String label) {
    this.label = label;
  }

  /** Whether who waits for it is to be asleep when it is released. */
  boolean sleeps() {
    return this != RAW_SPIN && this != MUTEX_HOT;
  }

  /** The one against which the others of its kind are measured. */
  Batons baseline() {
    return sleeps() ? RAW_FUTEX : RAW_SPIN;
  }

  /** One process's end of it. */
  interface Baton {
    /** Waits for it. */
    void take();

    /** Lets the other have it. */
    void give();
  }

  /** The one that {@code first} makes owns what is to be made. */
  Baton open(Space space, MemorySegment memory, Path file, boolean first) {
    Locks locks = Locks.of(space);
    return switch (this) {
      case RAW_FUTEX -> new FutexWord(memory, first ? 0 : 1);
      case RAW_SPIN -> new SpinWord(memory, first ? 0 : 1);
      case MUTEX -> of(locks.mutex("sleeping"));
      case MUTEX_HOT -> of(locks.mutex("hot"));
      case MUTEX_FAIR -> of(locks.mutex("fair", Locks.MutexOption.FAIR));
      case MUTEX_INTERRUPTIBLE -> interruptibly(locks.mutex("interruptible"));
      case PTHREAD -> robust(memory.asSlice(PTHREAD_AT, RobustMutex.BYTES), first);
      case SEMAPHORE -> semaphore(memory.asSlice(SEMAPHORE_AT, PosixSemaphore.BYTES), first);
      case FILE_LOCK -> new FileBaton(file);
    };
  }

  @SuppressWarnings("LockNotBeforeTry") // taken here, released by give()
  private static Baton of(Lock lock) {
    return baton(lock::lock, lock::unlock);
  }

  @SuppressWarnings("LockNotBeforeTry") // taken here, released by give()
  private static Baton interruptibly(Lock lock) {
    return baton(
        () -> {
          try {
            lock.lockInterruptibly();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        lock::unlock);
  }

  private static Baton robust(MemorySegment place, boolean first) {
    RobustMutex mutex = first ? RobustMutex.make(place) : new RobustMutex(place);
    return baton(mutex::lock, mutex::unlock);
  }

  private static Baton semaphore(MemorySegment place, boolean first) {
    PosixSemaphore semaphore = first ? PosixSemaphore.make(place, 1) : new PosixSemaphore(place);
    return baton(semaphore::acquire, semaphore::release);
  }

  private static Baton baton(Runnable take, Runnable give) {
    return new Baton() {
      @Override
      public void take() {
        take.run();
      }

      @Override
      public void give() {
        give.run();
      }
    };
  }

  /** The least that can be done with a futex: a store, a wake-up, a sleep. */
  private record FutexWord(Platform platform, MemorySegment memory, Words words, int mine)
      implements Baton {
    FutexWord(MemorySegment memory, int mine) {
      this(Platform.current(), memory, Platform.current().words(memory), mine);
    }

    @Override
    public void take() {
      while (words.get(FUTEX_AT) != mine) {
        platform.await(memory, FUTEX_AT, 1 - mine, Long.MAX_VALUE);
      }
    }

    @Override
    public void give() {
      words.set(FUTEX_AT, 1L - mine);
      platform.wake(memory, FUTEX_AT, 1);
    }
  }

  /** The least that two processors can do. */
  private record SpinWord(MemorySegment memory, int mine) implements Baton {
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

    @Override
    public void take() {
      while ((long) WORD.getAcquire(memory, SPIN_AT) != mine) {
        Thread.onSpinWait();
      }
    }

    @Override
    public void give() {
      WORD.setRelease(memory, SPIN_AT, 1L - mine);
    }
  }

  /** A lock on a file, as Java has it. */
  private static final class FileBaton implements Baton {
    private final FileChannel channel;
    private @Nullable FileLock lock;

    FileBaton(Path file) {
      try {
        channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void take() {
      try {
        lock = channel.lock();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void give() {
      try {
        if (lock != null) {
          lock.release();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
