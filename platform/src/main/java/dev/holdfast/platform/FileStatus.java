package dev.holdfast.platform;

/**
 * What the operating system says of a file, directory or shared memory object.
 *
 * @param kind what it is
 * @param device and {@code inode} identify it on this machine
 * @param inode see {@code device}
 * @param links how many names it has; 0 when it was unlinked
 * @param uid of its owner
 * @param gid of its group
 * @param permissions the low twelve mode bits
 * @param bytes its size
 * @param allocatedBytes what it occupies
 */
public record FileStatus(
    Kind kind,
    long device,
    long inode,
    long links,
    long uid,
    long gid,
    int permissions,
    long bytes,
    long allocatedBytes) {

  /** The kinds that matter here. */
  public enum Kind {
    /** A regular file or shared memory object. */
    REGULAR,
    /** A directory. */
    DIRECTORY,
    /** A symbolic link. */
    SYMBOLIC_LINK,
    /** Anything else. */
    OTHER
  }

  /** Whether two statuses speak of the same object. */
  public boolean sameObjectAs(FileStatus other) {
    return device == other.device && inode == other.inode;
  }

  /** Whether everybody may write it. */
  public boolean worldWritable() {
    return (permissions & 0002) != 0;
  }
}
