package dev.holdfast.platform;

import static dev.holdfast.platform.LibC.check;
import static dev.holdfast.platform.LibC.text;
import static dev.holdfast.platform.LibC.uninterrupted;

import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Names and descriptors: shared memory objects, files, directories. */
final class LinuxFiles {
  /** Where the C library keeps shared memory objects. */
  static final String SHARED_MEMORY = "/dev/shm";

  /** What also fits the shortest limit among the operating systems, macOS's. */
  private static final int SHARED_NAME_CHARACTERS_MAX = 31;

  private static final int O_RDONLY = 0;
  private static final int O_RDWR = 2;
  private static final int O_CREAT = 0100;
  private static final int O_EXCL = 0200;
  private static final int O_NONBLOCK = 04000;
  private static final int O_CLOEXEC = 02000000;
  private static final int O_NOFOLLOW = LinuxAbi.CURRENT.openNoFollow;
  private static final int O_DIRECTORY = LinuxAbi.CURRENT.openDirectory;

  private LinuxFiles() {}

  /** One call that opens a name: {@code shm_open} or {@code open}. */
  @FunctionalInterface
  private interface Opening {
    long open(MemorySegment name, int flags, int mode);
  }

  static Descriptor openShared(String name, Access access, Creation creation, int permissions) {
    requireSharedName(name);
    return open("shm_open", LibC::shmOpen, name, access, creation, permissions);
  }

  static void unlinkShared(String name) {
    requireSharedName(name);
    onName("shm_unlink", name, LibC::shmUnlink);
  }

  static List<String> listShared(String prefix) {
    try (Stream<Path> entries = Files.list(Path.of(SHARED_MEMORY))) {
      return entries
          .filter(entry -> Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS))
          .map(entry -> "/" + entry.getFileName())
          .filter(name -> name.startsWith(prefix))
          .sorted()
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException("cannot list shared memory objects", unreadable);
    }
  }

  static Descriptor openFile(String path, Access access, Creation creation, int permissions) {
    return open("open", LibC::open, path, access, creation, permissions);
  }

  static Descriptor openDirectory(String path) {
    return open("open", LibC::open, path, O_RDONLY | O_DIRECTORY, 0);
  }

  /**
   * Tries to create, then to open, and begins again when the object came or went in between: only
   * so is it known who created it, and only the creator sets the permissions.
   */
  private static Descriptor open(
      String call,
      Opening opening,
      String name,
      Access access,
      Creation creation,
      int permissions) {
    int mode = access == Access.READ_ONLY ? O_RDONLY : O_RDWR;
    return switch (creation) {
      case OPEN -> open(call, opening, name, mode, 0);
      case CREATE_NEW -> create(call, opening, name, mode, permissions);
      case OPEN_OR_CREATE -> {
        while (true) {
          try {
            yield create(call, opening, name, mode, permissions);
          } catch (SystemCallException exists) {
            requireErrno(exists, Errno.EEXIST);
          }
          try {
            yield open(call, opening, name, mode, 0);
          } catch (SystemCallException gone) {
            requireErrno(gone, Errno.ENOENT);
          }
        }
      }
    };
  }

  private static void requireErrno(SystemCallException failure, int errno) {
    if (!failure.is(errno)) {
      throw failure;
    }
  }

  private static Descriptor create(
      String call, Opening opening, String name, int mode, int permissions) {
    Descriptor created = open(call, opening, name, mode | O_CREAT | O_EXCL, permissions);
    Undo.onFailure(
        () -> setPermissions(created, permissions),
        () -> {
          close(created);
          onName("unlink", name, call.equals("open") ? LibC::unlink : LibC::shmUnlink);
        });
    return created;
  }

  /** O_NONBLOCK: opening a pipe that somebody put there must not wait for its other end. */
  private static Descriptor open(
      String call, Opening opening, String name, int flags, int permissions) {
    int allFlags = flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = text(arena, name);
      long number = uninterrupted(() -> opening.open(text, allFlags, permissions));
      check(number, call, () -> "name=%s, flags=0%o, mode=0%o".formatted(name, flags, permissions));
      return new Descriptor((int) number, name);
    }
  }

  private static void setPermissions(Descriptor descriptor, int permissions) {
    check(
        LibC.fchmod(descriptor.number(), permissions),
        "fchmod",
        () -> "object=%s, mode=0%o".formatted(descriptor, permissions));
  }

  /** Made for its owner alone, then opened up: never more open than asked, whatever the umask. */
  static void makeDirectory(String path, int permissions) {
    onName("mkdir", path, name -> LibC.mkdir(name, 0700));
    Undo.onFailure(
        () -> {
          Descriptor directory = openDirectory(path);
          try {
            setPermissions(directory, permissions);
          } finally {
            close(directory);
          }
        },
        () -> removeDirectory(path));
  }

  static void removeDirectory(String path) {
    onName("rmdir", path, LibC::rmdir);
  }

  static void unlinkFile(String path) {
    onName("unlink", path, LibC::unlink);
  }

  static void close(Descriptor descriptor) {
    int number = descriptor.take();
    if (number >= 0) {
      // Never repeated: Linux has freed the number even when a signal broke the call off.
      check(LibC.close(number), "close", descriptor::toString);
    }
  }

  @FunctionalInterface
  private interface NameCall {
    long apply(MemorySegment name);
  }

  private static void onName(String call, String name, NameCall function) {
    try (Arena arena = Arena.ofConfined()) {
      check(function.apply(text(arena, name)), call, () -> "name=" + name);
    }
  }

  private static void requireSharedName(String name) {
    if (name.length() < 2
        || name.length() > SHARED_NAME_CHARACTERS_MAX
        || name.lastIndexOf('/') != 0) {
      throw new IllegalArgumentException(
          "shared memory name must be a slash and 1 to %d characters without one: name=%s, length=%d"
              .formatted(SHARED_NAME_CHARACTERS_MAX - 1, name, name.length()));
    }
  }
}
