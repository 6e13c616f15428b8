package dev.holdfast.platform;

/** The error numbers of Linux that Holdfast treats specially or that its users meet. */
public final class Errno {
  /** Operation not permitted. */
  public static final int EPERM = 1;

  /** No such file or directory. */
  public static final int ENOENT = 2;

  /** No such process. */
  public static final int ESRCH = 3;

  /** Interrupted by a signal. */
  public static final int EINTR = 4;

  /** Input or output error. */
  public static final int EIO = 5;

  /** Bad descriptor. */
  public static final int EBADF = 9;

  /** Try again, or the word changed. */
  public static final int EAGAIN = 11;

  /** Out of memory. */
  public static final int ENOMEM = 12;

  /** Permission denied. */
  public static final int EACCES = 13;

  /** Bad address. */
  public static final int EFAULT = 14;

  /** Device or object is busy. */
  public static final int EBUSY = 16;

  /** The object exists. */
  public static final int EEXIST = 17;

  /** Not a directory. */
  public static final int ENOTDIR = 20;

  /** Is a directory. */
  public static final int EISDIR = 21;

  /** Invalid argument. */
  public static final int EINVAL = 22;

  /** Too many open files on this machine. */
  public static final int ENFILE = 23;

  /** Too many open files in this process. */
  public static final int EMFILE = 24;

  /** File too large. */
  public static final int EFBIG = 27;

  /** No space left. */
  public static final int ENOSPC = 28;

  /** Read-only file system. */
  public static final int EROFS = 30;

  /** Name too long. */
  public static final int ENAMETOOLONG = 36;

  /** No more kernel locks. */
  public static final int ENOLCK = 37;

  /** The kernel does not have this call. */
  public static final int ENOSYS = 38;

  /** Directory not empty. */
  public static final int ENOTEMPTY = 39;

  /** A symbolic link where none is accepted. */
  public static final int ELOOP = 40;

  /** Not supported by this file system. */
  public static final int EOPNOTSUPP = 95;

  /** The deadline passed. */
  public static final int ETIMEDOUT = 110;

  /** Disk quota exceeded. */
  public static final int EDQUOT = 122;

  private Errno() {}

  /** The symbol of an error number, {@code errno N} for one that is not known here. */
  public static String symbol(int errno) {
    return describe(errno).symbol;
  }

  /** What an error number means, in a few words. */
  public static String meaning(int errno) {
    return describe(errno).meaning;
  }

  private record Entry(String symbol, String meaning) {}

  private static Entry describe(int errno) {
    return switch (errno) {
      case EPERM -> new Entry("EPERM", "operation not permitted");
      case ENOENT -> new Entry("ENOENT", "no such file, directory or object");
      case ESRCH -> new Entry("ESRCH", "no such process");
      case EINTR -> new Entry("EINTR", "interrupted by a signal");
      case EIO -> new Entry("EIO", "input or output error");
      case EBADF -> new Entry("EBADF", "descriptor is closed or not open for this");
      case EAGAIN -> new Entry("EAGAIN", "not now, try again");
      case ENOMEM -> new Entry("ENOMEM", "out of memory or address space");
      case EACCES -> new Entry("EACCES", "permission denied");
      case EFAULT -> new Entry("EFAULT", "bad address");
      case EBUSY -> new Entry("EBUSY", "in use");
      case EEXIST -> new Entry("EEXIST", "exists already");
      case ENOTDIR -> new Entry("ENOTDIR", "not a directory");
      case EISDIR -> new Entry("EISDIR", "is a directory");
      case EINVAL -> new Entry("EINVAL", "invalid argument");
      case ENFILE -> new Entry("ENFILE", "too many open files on this machine");
      case EMFILE -> new Entry("EMFILE", "too many open files in this process, see ulimit -n");
      case EFBIG -> new Entry("EFBIG", "larger than a file may be");
      case ENOSPC -> new Entry("ENOSPC", "no space left on the file system");
      case EROFS -> new Entry("EROFS", "the file system is read-only");
      case ENAMETOOLONG -> new Entry("ENAMETOOLONG", "name too long");
      case ENOLCK -> new Entry("ENOLCK", "no kernel locks left");
      case ENOSYS ->
          new Entry("ENOSYS", "this kernel does not have the call, or a filter hides it");
      case ENOTEMPTY -> new Entry("ENOTEMPTY", "directory is not empty");
      case ELOOP -> new Entry("ELOOP", "a symbolic link where none is accepted");
      case EOPNOTSUPP -> new Entry("EOPNOTSUPP", "not supported here");
      case ETIMEDOUT -> new Entry("ETIMEDOUT", "timed out");
      case EDQUOT -> new Entry("EDQUOT", "disk quota exceeded");
      default -> new Entry("errno " + errno, "no description");
    };
  }
}
