package dev.holdfast.benchmarks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A peer: a process-shared POSIX semaphore through FFM; what its holder had when it died is lost.
 */
public final class PosixSemaphore {
  /** What it needs. */
  public static final int BYTES = 64;

  private static final FunctionDescriptor ONE = FunctionDescriptor.of(JAVA_INT, ADDRESS);
  private static final MethodHandle INIT =
      LibC.handle("sem_init", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
  private static final MethodHandle WAIT = LibC.handle("sem_wait", ONE);
  private static final MethodHandle POST = LibC.handle("sem_post", ONE);

  private final MemorySegment semaphore;

  /** The one that stands there. */
  public PosixSemaphore(MemorySegment semaphore) {
    this.semaphore = semaphore;
  }

  /** Makes one there. */
  public static PosixSemaphore make(MemorySegment place, int permits) {
    LibC.call(INIT, place, 1, permits);
    return new PosixSemaphore(place);
  }

  /** Takes a permit. */
  public void acquire() {
    LibC.require(WAIT, semaphore);
  }

  /** Gives one back. */
  public void release() {
    LibC.require(POST, semaphore);
  }
}
