package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.FileStatus;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.SystemCallException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a space's files stand: the root of this user's spaces, the space's own directory, its
 * liveness file and its descriptor. Nothing here is used before it was found to be ours and not
 * open to everybody.
 */
final class SpaceDirectory {
  private static final int DIRECTORY_MODE = 0700;
  private static final int FILE_MODE = 0600;
  private static final int DESCRIPTOR_BYTES_MAX = 4096;

  private final Platform platform;
  private final String root;
  private final boolean rootIsOurs;
  private final String space;

  SpaceDirectory(Platform platform, Optional<String> root, String space) {
    this.platform = platform;
    Optional<String> configured =
        root.or(() -> Optional.ofNullable(System.getenv("HOLDFAST_ROOT")))
            .filter(path -> !path.isEmpty());
    this.root =
        configured
            .map(path -> Path.of(path).toAbsolutePath().toString()) // a slash at the end goes too
            .orElseGet(() -> "/dev/shm/holdfast-" + platform.self().uid());
    this.rootIsOurs = configured.isEmpty();
    this.space = space;
  }

  String root() {
    return root;
  }

  String path() {
    return root + "/" + space;
  }

  String livePath() {
    return path() + "/live";
  }

  String descriptorPath() {
    return path() + "/space.json";
  }

  /** Whether the space's directory is there; refuses what is not safe. */
  boolean exists() {
    return refuseUnsafeDirectory(root) && refuseUnsafeDirectory(path());
  }

  /** Makes what is missing; refuses what is not safe. */
  void make() {
    try {
      makeDirectory(root);
    } catch (SystemCallException e) {
      throw e.is(Errno.ENOENT) ? refused(root, "has no parent directory", e) : e;
    }
    // The last one out of another space may have removed the root again: the caller comes back.
    ignoring(Errno.ENOENT, () -> makeDirectory(path()));
  }

  /** Opens the liveness file, made if missing; empty if the directory went away meanwhile. */
  Optional<Descriptor> openLive(boolean create) {
    try {
      Descriptor live =
          platform.openFile(
              livePath(),
              Access.READ_WRITE,
              create ? Creation.OPEN_OR_CREATE : Creation.OPEN,
              FILE_MODE);
      refuseUnsafeFile(live);
      return Optional.of(live);
    } catch (SystemCallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      if (e.is(Errno.ELOOP)) {
        throw refused(livePath(), "is a symbolic link", e);
      }
      if (e.is(Errno.EISDIR)) {
        throw refused(livePath(), "is a directory", e);
      }
      throw e;
    }
  }

  /** Whether the open liveness file is still the one that its path names. */
  boolean isCurrent(Descriptor live) {
    @Nullable FileStatus named = platform.statusOf(livePath());
    return named != null && named.sameObjectAs(platform.status(live));
  }

  void writeDescriptor(byte[] text) {
    Descriptor file =
        platform.openFile(descriptorPath(), Access.READ_WRITE, Creation.OPEN_OR_CREATE, FILE_MODE);
    try {
      platform.resize(file, 0);
      platform.write(file, 0, MemorySegment.ofArray(text));
    } finally {
      platform.close(file);
    }
  }

  /**
   * Removes the space's files; its directory unless somebody put other things there; and the root
   * if it is empty then and not one that somebody configured. Missing ones are fine.
   */
  void remove() {
    ignoring(Errno.ENOENT, () -> platform.unlinkFile(descriptorPath()));
    ignoring(Errno.ENOENT, () -> platform.unlinkFile(livePath()));
    removeIfEmpty(path()); // somebody may be coming in again already
    if (rootIsOurs) {
      removeIfEmpty(root);
    }
  }

  private void removeIfEmpty(String directory) {
    ignoring(
        Errno.ENOTEMPTY, () -> ignoring(Errno.ENOENT, () -> platform.removeDirectory(directory)));
  }

  private void makeDirectory(String path) {
    if (!refuseUnsafeDirectory(path)) {
      ignoring(Errno.EEXIST, () -> platform.makeDirectory(path, DIRECTORY_MODE));
      refuseUnsafeDirectory(path);
    }
  }

  /** Whether something is there; it is a safe directory then. */
  private boolean refuseUnsafeDirectory(String path) {
    @Nullable FileStatus status = platform.statusOf(path);
    if (status == null) {
      return false;
    }
    if (status.kind() == FileStatus.Kind.SYMBOLIC_LINK) {
      throw refused(path, "is a symbolic link", null);
    }
    if (status.kind() != FileStatus.Kind.DIRECTORY) {
      throw refused(path, "is not a directory", null);
    }
    refuseForeign(path, status);
    return true;
  }

  private void refuseUnsafeFile(Descriptor live) {
    boolean safe = false;
    try {
      FileStatus status = platform.status(live);
      if (status.kind() != FileStatus.Kind.REGULAR) {
        throw refused(livePath(), "is not a regular file", null);
      }
      refuseForeign(livePath(), status);
      safe = true;
    } finally {
      if (!safe) {
        platform.close(live);
      }
    }
  }

  /** Refuses a control segment that another user put there to be trusted. */
  void refuseUnsafeControl(String name, FileStatus status) {
    refuseForeign("shared memory object " + name, status);
  }

  /**
   * What the descriptor says; for repair.
   *
   * @throws CorruptedException if it is gone
   */
  String readDescriptor() {
    try {
      Descriptor file = platform.openFile(descriptorPath(), Access.READ_ONLY, Creation.OPEN, 0);
      try {
        byte[] text = new byte[DESCRIPTOR_BYTES_MAX];
        int length = (int) platform.read(file, 0, MemorySegment.ofArray(text));
        return new String(text, 0, length, StandardCharsets.UTF_8);
      } finally {
        platform.close(file);
      }
    } catch (SystemCallException e) {
      throw new CorruptedException(
          "the space's descriptor cannot be read: file=%s; without it the header cannot be mended"
              .formatted(descriptorPath()),
          e);
    }
  }

  private void refuseForeign(String path, FileStatus status) {
    long uid = platform.self().uid();
    if (status.uid() != uid) {
      throw refused(
          path, "belongs to another user (owner=%d, me=%d)".formatted(status.uid(), uid), null);
    }
    if (status.worldWritable()) {
      throw refused(
          path, "can be written by everybody (mode=0%o)".formatted(status.permissions()), null);
    }
  }

  private SpaceRefusedException refused(String path, String why, @Nullable Throwable cause) {
    return new SpaceRefusedException(
        "space refused: space=%s, %s %s; remove it or choose another root with HOLDFAST_ROOT"
            .formatted(space, path, why),
        cause);
  }

  private static void ignoring(int errno, Runnable call) {
    try {
      call.run();
    } catch (SystemCallException e) {
      if (!e.is(errno)) {
        throw e;
      }
    }
  }
}
