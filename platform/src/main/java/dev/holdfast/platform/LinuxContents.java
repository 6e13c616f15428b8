package dev.holdfast.platform;

import static dev.holdfast.platform.LibC.check;
import static dev.holdfast.platform.LibC.uninterrupted;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What stands behind a descriptor: its size, its pages, its bytes. */
final class LinuxContents {
  /**
   * How much is allocated by one call. On tmpfs a signal undoes a call and makes it begin anew: a
   * step of some milliseconds gets done between two signals, one of seconds may never.
   */
  private static final long ALLOCATION_STEP_BYTES = 16L << 20;

  /** How much of a heap segment passes through native memory at once. */
  private static final long COPY_BYTES = 64L << 10;

  private LinuxContents() {}

  static void allocate(Descriptor descriptor, long offset, long length) {
    if (offset < 0 || length <= 0 || offset > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException(
          "not a range of bytes: offset=%d, length=%d".formatted(offset, length));
    }
    long sizeBefore = LinuxStatus.of(descriptor).bytes();
    Undo.onFailure(
        () -> allocateInSteps(descriptor, offset, length), () -> resize(descriptor, sizeBefore));
  }

  private static void allocateInSteps(Descriptor descriptor, long offset, long length) {
    for (long done = 0; done < length; done += ALLOCATION_STEP_BYTES) {
      long at = offset + done;
      long step = Math.min(ALLOCATION_STEP_BYTES, length - done);
      check(
          uninterrupted(() -> LibC.posixFallocate(descriptor.number(), at, step)),
          "posix_fallocate",
          () ->
              "object=%s, offset=%d, length=%d, %s"
                  .formatted(descriptor, offset, length, LinuxStatus.fileSystem(descriptor)));
    }
  }

  static void resize(Descriptor descriptor, long size) {
    check(
        uninterrupted(() -> LibC.ftruncate(descriptor.number(), size)),
        "ftruncate",
        () -> "object=%s, size=%d".formatted(descriptor, size));
  }

  static long read(Descriptor descriptor, long offset, MemorySegment into) {
    if (into.isNative()) {
      return readNative(descriptor, offset, into);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(COPY_BYTES);
      long done = 0;
      while (done < into.byteSize()) {
        long step = Math.min(COPY_BYTES, into.byteSize() - done);
        long count = readNative(descriptor, offset + done, copy.asSlice(0, step));
        MemorySegment.copy(copy, 0, into, done, count);
        done += count;
        if (count < step) {
          break;
        }
      }
      return done;
    }
  }

  private static long readNative(Descriptor descriptor, long offset, MemorySegment into) {
    long done = 0;
    while (done < into.byteSize()) {
      long at = offset + done;
      MemorySegment rest = into.asSlice(done);
      long count =
          check(
              uninterrupted(() -> LibC.pread(descriptor.number(), rest, at)),
              "pread",
              () -> range(descriptor, at, rest));
      if (count == 0) {
        break;
      }
      done += count;
    }
    return done;
  }

  static void write(Descriptor descriptor, long offset, MemorySegment from) {
    if (from.isNative()) {
      writeNative(descriptor, offset, from);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(COPY_BYTES);
      for (long done = 0; done < from.byteSize(); done += COPY_BYTES) {
        long step = Math.min(COPY_BYTES, from.byteSize() - done);
        MemorySegment.copy(from, done, copy, 0, step);
        writeNative(descriptor, offset + done, copy.asSlice(0, step));
      }
    }
  }

  private static void writeNative(Descriptor descriptor, long offset, MemorySegment from) {
    long done = 0;
    while (done < from.byteSize()) {
      long at = offset + done;
      MemorySegment rest = from.asSlice(done);
      done +=
          check(
              uninterrupted(() -> LibC.pwrite(descriptor.number(), rest, at)),
              "pwrite",
              () -> range(descriptor, at, rest));
    }
  }

  private static String range(Descriptor descriptor, long offset, MemorySegment bytes) {
    return "object=%s, offset=%d, length=%d".formatted(descriptor, offset, bytes.byteSize());
  }
}
