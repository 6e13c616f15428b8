package dev.holdfast.resource.file;

import dev.holdfast.platform.Platform;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Mapped files that are unmapped together. Unmapping makes every thread of the process pass a
 * checkpoint, whatever the number of files; so who maps many files lets them share one.
 *
 * <p><b>Sharing.</b> Any thread.
 *
 * <p><b>Lifetime.</b> A file of a group can be closed by itself: it refuses use from then on, but
 * its memory goes only with the group. So a compiled loop of another thread that reads or writes
 * its records may go on to its end, without harm. {@link #close} closes every file, for all at
 * once.
 *
 * <pre>{@code
 * try (MappedFileGroup segments = MappedFileGroup.open()) {
 *   MappedFile first = segments.map(directory.resolve("0.log"), MapOptions.readOnly());
 * }
 * }</pre>
 */
public final class MappedFileGroup implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Set<MappedFile> files = ConcurrentHashMap.newKeySet();

  private MappedFileGroup() {}

  /** A group without files. */
  public static MappedFileGroup open() {
    return new MappedFileGroup();
  }

  /**
   * Maps a file as a member of this group.
   *
   * @throws IllegalStateException if the group is closed
   */
  public MappedFile map(Path path, MapOptions options) {
    if (!isOpen()) {
      throw new IllegalStateException("group of mapped files is closed: path=" + path);
    }
    MappedFile file = new MappedFile(Platform.current(), path, options, arena, this::forget);
    files.add(file);
    return file;
  }

  /** How many files of it are open. */
  public int size() {
    return files.size();
  }

  /** Whether it was not closed. */
  public boolean isOpen() {
    return arena.scope().isAlive();
  }

  private void forget(MappedFile file) {
    files.remove(file);
  }

  /**
   * Closes every file and unmaps all of them at once; the second close is a no-op.
   *
   * @throws IllegalStateException if a mapping is in use by a call right now; close again later
   */
  @Override
  public void close() {
    files.forEach(MappedFile::close);
    MappedFile.unmap(arena);
  }
}
