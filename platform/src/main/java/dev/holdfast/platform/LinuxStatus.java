package dev.holdfast.platform;

import static dev.holdfast.platform.LibC.check;
import static dev.holdfast.platform.LibC.text;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.holdfast.platform.FileStatus.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel says of an object, and of the file system it lies on.
 *
 * <p>By {@code statx}: its structure is the same on every processor, and it names the mount.
 */
final class LinuxStatus {
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_MNT_ID = 0x1000;

  private static final long STATX_BYTES = 256;
  private static final long STATX_MASK = 0;
  private static final long STATX_LINKS = 16;
  private static final long STATX_UID = 20;
  private static final long STATX_GID = 24;
  private static final long STATX_MODE = 28;
  private static final long STATX_INODE = 32;
  private static final long STATX_SIZE = 40;
  private static final long STATX_BLOCKS = 48;
  private static final long STATX_DEVICE_MAJOR = 136;
  private static final long STATX_DEVICE_MINOR = 140;
  private static final long STATX_MOUNT = 144;

  private static final long STATVFS_BYTES = 256;
  private static final long STATVFS_FRAGMENT_BYTES = 8;
  private static final long STATVFS_BLOCKS = 16;
  private static final long STATVFS_AVAILABLE = 32;

  private static final int S_IFMT = 0170000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFDIR = 0040000;
  private static final int S_IFLNK = 0120000;

  private LinuxStatus() {}

  static FileStatus of(Descriptor descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      return status(statx(arena, descriptor));
    }
  }

  static @Nullable FileStatus of(String path) {
    try (Arena arena = Arena.ofConfined()) {
      return status(statx(arena, path, AT_SYMLINK_NOFOLLOW));
    } catch (SystemCallException failure) {
      if (failure.is(Errno.ENOENT) || failure.is(Errno.ENOTDIR)) {
        return null;
      }
      throw failure;
    }
  }

  static FileSystemStatus fileSystem(Descriptor descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment usage = arena.allocate(STATVFS_BYTES, 8);
      check(LibC.fstatvfs(descriptor.number(), usage), "fstatvfs", descriptor::toString);
      return fileSystem(statx(arena, descriptor), usage);
    }
  }

  static FileSystemStatus fileSystem(String path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment usage = arena.allocate(STATVFS_BYTES, 8);
      check(LibC.statvfs(text(arena, path), usage), "statvfs", () -> "name=" + path);
      return fileSystem(statx(arena, path, 0), usage);
    }
  }

  private static MemorySegment statx(Arena arena, Descriptor descriptor) {
    MemorySegment into = arena.allocate(STATX_BYTES, 8);
    long result =
        LibC.statx(
            descriptor.number(),
            text(arena, ""),
            AT_EMPTY_PATH,
            STATX_BASIC_STATS | STATX_MNT_ID,
            into);
    check(result, "statx", descriptor::toString);
    return into;
  }

  private static MemorySegment statx(Arena arena, String path, int flags) {
    MemorySegment into = arena.allocate(STATX_BYTES, 8);
    long result =
        LibC.statx(AT_FDCWD, text(arena, path), flags, STATX_BASIC_STATS | STATX_MNT_ID, into);
    check(result, "statx", () -> "name=" + path);
    return into;
  }

  private static FileStatus status(MemorySegment statx) {
    int mode = Short.toUnsignedInt(statx.get(JAVA_SHORT, STATX_MODE));
    return new FileStatus(
        kind(mode),
        unsigned(statx, STATX_DEVICE_MAJOR) << 32 | unsigned(statx, STATX_DEVICE_MINOR),
        statx.get(JAVA_LONG, STATX_INODE),
        unsigned(statx, STATX_LINKS),
        unsigned(statx, STATX_UID),
        unsigned(statx, STATX_GID),
        mode & 07777,
        statx.get(JAVA_LONG, STATX_SIZE),
        statx.get(JAVA_LONG, STATX_BLOCKS) * 512);
  }

  private static Kind kind(int mode) {
    return switch (mode & S_IFMT) {
      case S_IFREG -> Kind.REGULAR;
      case S_IFDIR -> Kind.DIRECTORY;
      case S_IFLNK -> Kind.SYMBOLIC_LINK;
      default -> Kind.OTHER;
    };
  }

  private static FileSystemStatus fileSystem(MemorySegment statx, MemorySegment usage) {
    boolean named = (statx.get(JAVA_INT, STATX_MASK) & STATX_MNT_ID) != 0;
    LinuxMounts.Mount mount =
        LinuxMounts.read()
            .find(
                named ? statx.get(JAVA_LONG, STATX_MOUNT) : LinuxMounts.UNKNOWN_ID,
                statx.get(JAVA_INT, STATX_DEVICE_MAJOR),
                statx.get(JAVA_INT, STATX_DEVICE_MINOR));
    long unit = usage.get(JAVA_LONG, STATVFS_FRAGMENT_BYTES);
    return new FileSystemStatus(
        mount.point(),
        mount.type(),
        usage.get(JAVA_LONG, STATVFS_BLOCKS) * unit,
        usage.get(JAVA_LONG, STATVFS_AVAILABLE) * unit);
  }

  private static long unsigned(MemorySegment statx, long offset) {
    return Integer.toUnsignedLong(statx.get(JAVA_INT, offset));
  }
}
