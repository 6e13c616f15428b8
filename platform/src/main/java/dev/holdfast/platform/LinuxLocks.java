package dev.holdfast.platform;

import static dev.holdfast.platform.LibC.check;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Open-file-description locks: owned by the open descriptor, so that neither the close of another
 * descriptor of the file nor the process id takes part, and dropped by the kernel at death.
 */
final class LinuxLocks {
  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLK = 37;
  private static final short F_WRLCK = 1;
  private static final short F_UNLCK = 2;

  // struct flock: type, whence (0: from the start), start, length, pid (0 for these locks)
  private static final long FLOCK_BYTES = 32;
  private static final long FLOCK_TYPE = 0;
  private static final long FLOCK_START = 8;
  private static final long FLOCK_LENGTH = 16;

  private LinuxLocks() {}

  static boolean tryLock(Descriptor descriptor, long offset, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment lock = flock(arena, F_WRLCK, offset, length);
      long result = LibC.fcntl(descriptor.number(), F_OFD_SETLK, lock);
      if (result == -Errno.EAGAIN || result == -Errno.EACCES) {
        return false;
      }
      check(result, "fcntl(F_OFD_SETLK)", () -> range(descriptor, offset, length));
      return true;
    }
  }

  static void unlock(Descriptor descriptor, long offset, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment lock = flock(arena, F_UNLCK, offset, length);
      check(
          LibC.fcntl(descriptor.number(), F_OFD_SETLK, lock),
          "fcntl(F_OFD_SETLK)",
          () -> "unlock, " + range(descriptor, offset, length));
    }
  }

  static boolean isLockedByOther(Descriptor descriptor, long offset, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment lock = flock(arena, F_WRLCK, offset, length);
      check(
          LibC.fcntl(descriptor.number(), F_OFD_GETLK, lock),
          "fcntl(F_OFD_GETLK)",
          () -> range(descriptor, offset, length));
      return lock.get(JAVA_SHORT, FLOCK_TYPE) != F_UNLCK;
    }
  }

  private static MemorySegment flock(Arena arena, short type, long offset, long length) {
    if (offset < 0 || length <= 0) { // the kernel would take length 0 for "to the end"
      throw new IllegalArgumentException(
          "not a range of bytes: offset=%d, length=%d".formatted(offset, length));
    }
    MemorySegment lock = arena.allocate(FLOCK_BYTES, 8);
    lock.set(JAVA_SHORT, FLOCK_TYPE, type);
    lock.set(JAVA_LONG, FLOCK_START, offset);
    lock.set(JAVA_LONG, FLOCK_LENGTH, length);
    return lock;
  }

  private static String range(Descriptor descriptor, long offset, long length) {
    return "file=%s, offset=%d, length=%d".formatted(descriptor, offset, length);
  }
}
