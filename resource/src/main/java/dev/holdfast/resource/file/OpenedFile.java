package dev.holdfast.resource.file;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.FileStatus;
import dev.holdfast.platform.FileSystemStatus;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.SystemCallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** The file under a mapping: made if it is to be, opened once, never closed by an interrupt. */
final class OpenedFile implements AutoCloseable {
  private static final int OWNER_ONLY = 0600;

  /** The byte that is locked while a file grows; it lies behind the end of every file. */
  static final long GROWTH_LOCK = Long.MAX_VALUE - 1;

  private static final long GROWTH_LOOK_NANOS = 1_000_000;

  private final Platform platform;
  private final Path path;
  private final MapMode mode;
  private final Descriptor descriptor;

  private OpenedFile(Platform platform, Path path, MapMode mode, Descriptor descriptor) {
    this.platform = platform;
    this.path = path;
    this.mode = mode;
    this.descriptor = descriptor;
  }

  static OpenedFile open(Platform platform, Path path, MapOptions options) {
    try {
      return existing(platform, path, options.mode());
    } catch (UncheckedIOException missing) {
      if (options.createBytes() == 0 || !(missing.getCause() instanceof NoSuchFileException)) {
        throw missing;
      }
    }
    create(platform, path, options);
    return existing(platform, path, options.mode());
  }

  private static OpenedFile existing(Platform platform, Path path, MapMode mode) {
    try {
      Path real = path.toRealPath(); // a link is followed here; the platform refuses them
      Access access = mode == MapMode.READ_WRITE ? Access.READ_WRITE : Access.READ_ONLY;
      Descriptor descriptor = platform.openFile(real.toString(), access, Creation.OPEN, OWNER_ONLY);
      return new OpenedFile(platform, real, mode, descriptor);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes the whole file under another, short name first: nobody ever sees it unfinished. */
  private static void create(Platform platform, Path path, MapOptions options) {
    Path name = path.toAbsolutePath();
    String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path unfinished = name.resolveSibling(".holdfast.%s.new".formatted(suffix));
    Descriptor descriptor =
        platform.openFile(
            unfinished.toString(), Access.READ_WRITE, Creation.CREATE_NEW, OWNER_ONLY);
    try {
      allocate(platform, descriptor, 0, options.dataOffset() + options.createBytes());
      options
          .schema()
          .map(schema -> FileHeader.encode(schema, platform.epochNanos()))
          .ifPresent(header -> platform.write(descriptor, 0, inNativeMemory(header)));
      publish(unfinished, name);
    } finally {
      platform.close(descriptor);
      platform.unlinkFile(unfinished.toString());
    }
  }

  private static void publish(Path unfinished, Path name) {
    try {
      Files.createLink(name, unfinished);
    } catch (FileAlreadyExistsException somebodyElseWasFaster) {
      // theirs is as complete as ours
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static MemorySegment inNativeMemory(byte[] bytes) {
    MemorySegment copy = Arena.ofAuto().allocate(bytes.length);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, copy, 0, bytes.length);
    return copy;
  }

  Path path() {
    return path;
  }

  long bytes() {
    return platform.status(descriptor).bytes();
  }

  /** Bytes of the file itself, not through a mapping; shorter where the file ends. */
  byte[] read(long offset, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(length);
      long read = platform.read(descriptor, offset, into);
      return into.asSlice(0, read).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }
  }

  void write(long offset, byte[] bytes) {
    platform.write(descriptor, offset, inNativeMemory(bytes));
  }

  MemorySegment map(long bytes, Arena arena) {
    return switch (mode) {
      case READ_ONLY -> platform.map(descriptor, bytes, Access.READ_ONLY, arena);
      case READ_WRITE -> platform.map(descriptor, bytes, Access.READ_WRITE, arena);
      case PRIVATE -> mapPrivate(bytes, arena);
    };
  }

  /** Maps {@code bytes}, with addresses behind them to grow into. */
  MemorySegment mapAhead(long bytes, long reserved, Arena arena) {
    return platform.mapAhead(descriptor, bytes, reserved, Access.READ_WRITE, arena);
  }

  /**
   * A copy-on-write mapping, which is the JDK's; it asks for a channel that may write, and only to
   * make the mapping.
   */
  private MemorySegment mapPrivate(long bytes, Arena arena) {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return mapPrivateOnce(bytes, arena);
        } catch (ClosedByInterruptException again) {
          interrupted = Thread.interrupted();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private MemorySegment mapPrivateOnce(long bytes, Arena arena) throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      FileStatus named = platform.statusOf(path.toString());
      if (named == null || !named.sameObjectAs(platform.status(descriptor))) {
        throw new NoSuchFileException(path.toString(), null, "the file was replaced just now");
      }
      return channel.map(FileChannel.MapMode.PRIVATE, 0, bytes, arena);
    }
  }

  /**
   * Allocates the bytes {@code [from, to)} and grows the file to hold them, or changes nothing.
   * Under a lock: what a failed growth takes back is what it has added itself, and nothing that
   * another mapping, of this process or another one, has added meanwhile.
   */
  void allocate(long from, long to) {
    lockGrowth();
    try {
      allocate(platform, descriptor, from, to);
    } finally {
      platform.unlock(descriptor, GROWTH_LOCK, 1);
    }
  }

  /** Waits for whoever else grows the file, also in a thread that is interrupted. */
  private void lockGrowth() {
    boolean interrupted = false;
    try {
      while (!platform.tryLock(descriptor, GROWTH_LOCK, 1)) {
        interrupted |= Thread.interrupted(); // else parking would return at once
        LockSupport.parkNanos(GROWTH_LOOK_NANOS);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Looks for room first: who fails in the middle has taken it from everybody for that long. */
  private static void allocate(Platform platform, Descriptor descriptor, long from, long to) {
    long missing = to - platform.status(descriptor).bytes();
    FileSystemStatus below = platform.fileSystem(descriptor);
    boolean known = below.totalBytes() > 0; // a tmpfs without a limit says 0
    if (known && missing > below.availableBytes()) {
      throw new SystemCallException(
          "allocate",
          Errno.ENOSPC,
          "file=%s, missing=%d, available=%d, mount=%s (%s); nothing was changed"
              .formatted(
                  descriptor.what(),
                  missing,
                  below.availableBytes(),
                  below.mountPoint(),
                  below.type()));
    }
    platform.allocate(descriptor, from, to - from);
  }

  void sync(MemorySegment span) {
    platform.sync(span);
  }

  void prefetch(MemorySegment span) {
    platform.advise(span, Platform.Advice.WILL_NEED);
  }

  @Override
  public void close() {
    platform.close(descriptor);
  }
}
