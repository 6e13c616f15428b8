package dev.holdfast.platform;

import static dev.holdfast.platform.LibC.check;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.holdfast.platform.Platform.Wake;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Sleeping on a shared 32-bit word. Not the private kind: the kernel identifies the word by the
 * object behind the mapping, so that sleepers and wakers may be different processes.
 *
 * <p>The deadline is absolute, so that a wait that a signal broke off goes on for the rest of it.
 */
final class LinuxFutex {
  private static final int FUTEX_WAKE = 1;
  private static final int FUTEX_WAIT_BITSET = 9;
  private static final long MATCH_ANY = 0xffff_ffffL;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private LinuxFutex() {}

  static Wake await(MemorySegment mapping, long offset, int expected, long deadlineNanos) {
    MemorySegment word = word(mapping, offset);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment deadline = deadline(arena, deadlineNanos);
      long result =
          LibC.uninterrupted(
              () -> LibC.futex(word, FUTEX_WAIT_BITSET, expected, deadline, MATCH_ANY));
      if (result == -Errno.EAGAIN) {
        return Wake.CHANGED;
      }
      if (result == -Errno.ETIMEDOUT) {
        return Wake.TIMED_OUT;
      }
      check(result, "futex(FUTEX_WAIT_BITSET)", () -> arguments(mapping, offset));
      return Wake.WOKEN;
    }
  }

  static int wake(MemorySegment mapping, long offset, int count) {
    return (int)
        check(
            LibC.futex(word(mapping, offset), FUTEX_WAKE, count, MemorySegment.NULL, 0),
            "futex(FUTEX_WAKE)",
            () -> arguments(mapping, offset));
  }

  private static MemorySegment word(MemorySegment mapping, long offset) {
    if (offset % Integer.BYTES != 0) {
      throw new IllegalArgumentException(
          "futex word must start at a multiple of 4: offset=" + offset);
    }
    return mapping.asSlice(offset, Integer.BYTES);
  }

  private static MemorySegment deadline(Arena arena, long nanos) {
    if (nanos == Long.MAX_VALUE) {
      return MemorySegment.NULL;
    }
    long sincePowerOn = Math.max(0, nanos);
    MemorySegment timespec = arena.allocate(16, 8);
    timespec.set(JAVA_LONG, 0, sincePowerOn / NANOS_PER_SECOND);
    timespec.set(JAVA_LONG, 8, sincePowerOn % NANOS_PER_SECOND);
    return timespec;
  }

  private static String arguments(MemorySegment mapping, long offset) {
    return "mapping=%s, offset=%d".formatted(mapping, offset);
  }
}
