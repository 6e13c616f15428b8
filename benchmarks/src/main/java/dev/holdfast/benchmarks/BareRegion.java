package dev.holdfast.benchmarks;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * What Holdfast is compared with: the same memory, made and mapped without any bookkeeping, by the
 * same downcalls ({@code bare}) or by the JDK's own {@link FileChannel}.
 */
public final class BareRegion {
  private static final Platform PLATFORM = Platform.current();
  private static final Set<OpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);

  private static final String PREFIX = "/bench-%d-".formatted(ProcessHandle.current().pid());

  static { // a benchmark that fails or is ended is not torn down
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> PLATFORM.listShared(PREFIX).forEach(PLATFORM::unlinkShared)));
  }

  private BareRegion() {}

  /** An object's name that no other process uses. */
  public static String name(String suffix) {
    return PREFIX + suffix;
  }

  /** Makes an object with all its pages. */
  public static void create(String name, long bytes) {
    PLATFORM.close(createOpen(name, bytes));
  }

  private static Descriptor createOpen(String name, long bytes) {
    Descriptor object = PLATFORM.openShared(name, Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    PLATFORM.allocate(object, 0, bytes);
    return object;
  }

  /** shm_open, posix_fallocate, mmap, close; returns the address. */
  public static long createMap(String name, long bytes, Arena arena) {
    Descriptor object = createOpen(name, bytes);
    MemorySegment view = PLATFORM.map(object, bytes, Access.READ_WRITE, arena);
    PLATFORM.close(object);
    return view.address();
  }

  /** shm_open, posix_fallocate, mmap, close, munmap, shm_unlink; returns the address. */
  public static long createMapRemove(String name, long bytes, Arena arena) {
    try (arena) {
      return createMap(name, bytes, arena);
    } finally {
      PLATFORM.unlinkShared(name);
    }
  }

  /** shm_open, mmap, close, munmap; returns the address. */
  public static long openMap(String name, long bytes, Arena arena) {
    Descriptor object = PLATFORM.openShared(name, Access.READ_ONLY, Creation.OPEN, 0);
    try (arena) {
      MemorySegment view = PLATFORM.map(object, bytes, Access.READ_ONLY, arena);
      PLATFORM.close(object);
      return view.address();
    }
  }

  /** The same through FileChannel, which only sets the size: no page is allocated. */
  public static long createMapRemoveByChannel(String name, long bytes) throws IOException {
    Path file = file(name);
    try (Arena arena = Arena.ofShared();
        FileChannel channel = FileChannel.open(file, NEW)) {
      return channel.map(MapMode.READ_WRITE, 0, bytes, arena).address();
    } finally {
      Files.delete(file);
    }
  }

  /** Open, map and unmap through FileChannel. */
  public static long openMapByChannel(String name, long bytes) throws IOException {
    try (Arena arena = Arena.ofShared();
        FileChannel channel = FileChannel.open(file(name), StandardOpenOption.READ)) {
      return channel.map(MapMode.READ_ONLY, 0, bytes, arena).address();
    }
  }

  /** Removes the object's name. */
  public static void remove(String name) {
    PLATFORM.unlinkShared(name);
  }

  private static Path file(String name) {
    return Path.of("/dev/shm" + name);
  }
}
