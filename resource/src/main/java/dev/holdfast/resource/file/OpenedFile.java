package dev.holdfast.resource.file;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.FileStatus;
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

/** The file under a mapping: made if it is to be, opened once, never closed by an interrupt. */
final class OpenedFile implements AutoCloseable {
  private static final Platform PLATFORM = Platform.current();
  private static final int OWNER_ONLY = 0600;

  private final Path path;
  private final MapMode mode;
  private final Descriptor descriptor;

  private OpenedFile(Path path, MapMode mode, Descriptor descriptor) {
    this.path = path;
    this.mode = mode;
    this.descriptor = descriptor;
  }

  static OpenedFile open(Path path, MapOptions options) {
    try {
      return existing(path, options.mode());
    } catch (UncheckedIOException missing) {
      if (options.createBytes() == 0 || !(missing.getCause() instanceof NoSuchFileException)) {
        throw missing;
      }
    }
    create(path, options);
    return existing(path, options.mode());
  }

  private static OpenedFile existing(Path path, MapMode mode) {
    try {
      Path real = path.toRealPath(); // a link is followed here; the platform refuses them
      Access access = mode == MapMode.READ_WRITE ? Access.READ_WRITE : Access.READ_ONLY;
      Descriptor descriptor = PLATFORM.openFile(real.toString(), access, Creation.OPEN, OWNER_ONLY);
      return new OpenedFile(real, mode, descriptor);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes the whole file under another name first: nobody ever sees it unfinished. */
  private static void create(Path path, MapOptions options) {
    Path name = path.toAbsolutePath();
    String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path unfinished = name.resolveSibling(".%s.%s.new".formatted(name.getFileName(), suffix));
    Descriptor descriptor =
        PLATFORM.openFile(
            unfinished.toString(), Access.READ_WRITE, Creation.CREATE_NEW, OWNER_ONLY);
    try {
      PLATFORM.allocate(descriptor, 0, Math.addExact(options.dataOffset(), options.createBytes()));
      options
          .schema()
          .map(schema -> FileHeader.encode(schema, PLATFORM.epochNanos()))
          .ifPresent(header -> PLATFORM.write(descriptor, 0, inNativeMemory(header)));
      publish(unfinished, name);
    } finally {
      PLATFORM.close(descriptor);
      PLATFORM.unlinkFile(unfinished.toString());
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
    return PLATFORM.status(descriptor).bytes();
  }

  /** Bytes of the file itself, not through a mapping; shorter where the file ends. */
  byte[] read(long offset, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(length);
      long read = PLATFORM.read(descriptor, offset, into);
      return into.asSlice(0, read).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }
  }

  void write(long offset, byte[] bytes) {
    PLATFORM.write(descriptor, offset, inNativeMemory(bytes));
  }

  MemorySegment map(long bytes, Arena arena) {
    return switch (mode) {
      case READ_ONLY -> PLATFORM.map(descriptor, bytes, Access.READ_ONLY, arena);
      case READ_WRITE -> PLATFORM.map(descriptor, bytes, Access.READ_WRITE, arena);
      case PRIVATE -> mapPrivate(bytes, arena);
    };
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
      FileStatus named = PLATFORM.statusOf(path.toString());
      if (named == null || !named.sameObjectAs(PLATFORM.status(descriptor))) {
        throw new NoSuchFileException(path.toString(), null, "the file was replaced just now");
      }
      return channel.map(FileChannel.MapMode.PRIVATE, 0, bytes, arena);
    }
  }

  /** Grows the file; its new bytes are zero and allocated, or nothing has changed. */
  void allocate(long from, long to) {
    try {
      PLATFORM.allocate(descriptor, from, to - from);
    } catch (SystemCallException e) {
      if (e.is(Errno.ENOSPC) || e.is(Errno.EFBIG)) {
        undoGrowth(from, e);
      }
      throw e;
    }
  }

  private void undoGrowth(long bytes, SystemCallException failure) {
    try {
      if (bytes() > bytes) {
        PLATFORM.resize(descriptor, bytes);
      }
    } catch (SystemCallException second) {
      failure.addSuppressed(second);
    }
  }

  static void sync(MemorySegment span) {
    PLATFORM.sync(span);
  }

  static void prefetch(MemorySegment span) {
    PLATFORM.advise(span, Platform.Advice.WILL_NEED);
  }

  @Override
  public void close() {
    PLATFORM.close(descriptor);
  }
}
