package dev.holdfast.platform;

import static dev.holdfast.platform.LibC.check;
import static dev.holdfast.platform.LibC.text;
import static dev.holdfast.platform.LibC.uninterrupted;

import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Advice;
import dev.holdfast.platform.Platform.Seal;
import dev.holdfast.platform.Platform.WordMapping;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Mappings of objects into memory, and the anonymous objects that exist only to be mapped. */
final class LinuxMappings {
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_NORESERVE = 0x4000;
  private static final int MS_SYNC = 4;
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int F_ADD_SEALS = 1033;

  private LinuxMappings() {}

  static MemorySegment map(Descriptor descriptor, long size, Access access, Arena arena) {
    return mapAhead(descriptor, size, size, access, arena);
  }

  static MemorySegment mapAhead(
      Descriptor descriptor, long size, long reserved, Access access, Arena arena) {
    requireInside(descriptor, size);
    if (reserved < size) {
      throw new IllegalArgumentException(
          "reserved is less than mapped: size=%d, reserved=%d".formatted(size, reserved));
    }
    requireOpen(arena, descriptor);
    long address = mmap(descriptor, reserved, access);
    // Set by the first action below; an array because the action is a lambda.
    MemorySegment[] mapping = new MemorySegment[1];
    Undo.onFailure(
        () ->
            mapping[0] =
                MemorySegment.ofAddress(address)
                    .reinterpret(reserved, arena, closed -> unmap(closed.address(), reserved)),
        () -> unmap(address, reserved));
    return access == Access.READ_ONLY ? mapping[0].asReadOnly() : mapping[0];
  }

  static WordMapping mapWords(Descriptor descriptor, long size, Arena arena) {
    requireInside(descriptor, size);
    requireOpen(arena, descriptor);
    long address = mmap(descriptor, size, Access.READ_WRITE);
    MemorySegment addresses =
        MemorySegment.ofAddress(address)
            .reinterpret(size, Arena.ofAuto(), _ -> unmap(address, size));
    MemorySegment[] mapping = new MemorySegment[1];
    Undo.onFailure(
        // The action has the addresses: they are not given back before it was run.
        () -> mapping[0] = addresses.reinterpret(size, arena, _ -> vacate(addresses)),
        () -> vacate(addresses));
    return new WordMapping(mapping[0], new LastingWords(addresses), () -> vacate(addresses));
  }

  /** Unmaps what is mapped there and keeps the addresses. */
  private static void vacate(MemorySegment addresses) {
    check(
        LibC.mmapZeros(
            addresses.address(),
            addresses.byteSize(),
            PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE),
        "mmap",
        () -> "zeros=" + addresses);
  }

  private static void requireOpen(Arena arena, Descriptor descriptor) {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("arena is closed: object=" + descriptor);
    }
  }

  private static void requireInside(Descriptor descriptor, long size) {
    long bytes = LinuxStatus.of(descriptor).bytes();
    if (size <= 0 || size > bytes) {
      throw new IllegalArgumentException(
          "mapping must be inside its object: size=%d, object=%s, bytes=%d"
              .formatted(size, descriptor, bytes));
    }
  }

  private static long mmap(Descriptor descriptor, long size, Access access) {
    return check(
        LibC.mmap(size, protection(access), MAP_SHARED, descriptor.number()),
        "mmap",
        () -> "object=%s, size=%d, access=%s".formatted(descriptor, size, access));
  }

  private static void unmap(long address, long size) {
    check(
        LibC.munmap(address, size),
        "munmap",
        () -> "address=0x%x, size=%d".formatted(address, size));
  }

  static void protect(MemorySegment mapping, Access access) {
    check(
        LibC.mprotect(mapping, protection(access)),
        "mprotect",
        () -> "mapping=%s, access=%s".formatted(mapping, access));
  }

  static void advise(MemorySegment mapping, Advice advice) {
    int number =
        switch (advice) {
          case NORMAL -> 0;
          case RANDOM -> 1;
          case SEQUENTIAL -> 2;
          case WILL_NEED -> 3;
          case HUGE_PAGES -> 14;
        };
    check(
        LibC.madvise(mapping, number),
        "madvise",
        () -> "mapping=%s, advice=%s".formatted(mapping, advice));
  }

  static void sync(MemorySegment mapping) {
    check(uninterrupted(() -> LibC.msync(mapping, MS_SYNC)), "msync", () -> "mapping=" + mapping);
  }

  static Descriptor createAnonymous(String label) {
    try (Arena arena = Arena.ofConfined()) {
      long number = LibC.memfdCreate(text(arena, label), MFD_CLOEXEC | MFD_ALLOW_SEALING);
      check(number, "memfd_create", () -> "label=" + label);
      return new Descriptor((int) number, "anonymous " + label);
    }
  }

  static void seal(Descriptor descriptor, Seal... seals) {
    int bits = 0;
    for (Seal seal : seals) {
      bits |=
          switch (seal) {
            case SEAL -> 1;
            case SHRINK -> 2;
            case GROW -> 4;
            case WRITE -> 8;
          };
    }
    check(
        LibC.fcntl(descriptor.number(), F_ADD_SEALS, bits),
        "fcntl(F_ADD_SEALS)",
        () -> "object=%s, seals=%s".formatted(descriptor, java.util.Arrays.toString(seals)));
  }

  private static int protection(Access access) {
    return access == Access.READ_ONLY ? PROT_READ : PROT_READ | PROT_WRITE;
  }
}
