package dev.holdfast.benchmarks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A peer: glibc's robust, process-shared mutex through FFM; the only one here beside ours that
 * survives its owner.
 */
public final class RobustMutex {
  /** What it needs. */
  public static final int BYTES = 64;

  private static final FunctionDescriptor ONE = FunctionDescriptor.of(JAVA_INT, ADDRESS);
  private static final FunctionDescriptor TWO = FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS);
  private static final FunctionDescriptor WITH_INT =
      FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle INIT = LibC.handle("pthread_mutex_init", TWO);
  private static final MethodHandle LOCK = LibC.handle("pthread_mutex_lock", ONE);
  private static final MethodHandle UNLOCK = LibC.handle("pthread_mutex_unlock", ONE);

  private final MemorySegment mutex;

  /** The one that stands there. */
  public RobustMutex(MemorySegment mutex) {
    this.mutex = mutex;
  }

  /** Makes one there. */
  public static RobustMutex make(MemorySegment place) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(BYTES, 64);
      LibC.call(LibC.handle("pthread_mutexattr_init", ONE), attributes);
      LibC.call(LibC.handle("pthread_mutexattr_setpshared", WITH_INT), attributes, 1);
      LibC.call(LibC.handle("pthread_mutexattr_setrobust", WITH_INT), attributes, 1);
      LibC.call(INIT, place, attributes);
    }
    return new RobustMutex(place);
  }

  /** Takes it. */
  public void lock() {
    LibC.require(LOCK, mutex);
  }

  /** Releases it. */
  public void unlock() {
    LibC.require(UNLOCK, mutex);
  }
}
