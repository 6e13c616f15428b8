package dev.holdfast.platform;

/**
 * The operating system refused a call. The message names the call, its arguments, the errno by
 * number, symbol and meaning.
 */
public final class SystemCallException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The call, for example {@code shm_open}. */
  private final String call;

  /** The error number. */
  private final int errno;

  /** The arguments as text. */
  private final String arguments;

  /**
   * @param call the call, for example {@code shm_open}
   * @param errno the error number it left
   * @param arguments its arguments, as {@code name=value, name=value}
   */
  public SystemCallException(String call, int errno, String arguments) {
    super(
        "%s failed: errno=%d (%s: %s), %s"
            .formatted(call, errno, Errno.symbol(errno), Errno.meaning(errno), arguments));
    this.call = call;
    this.errno = errno;
    this.arguments = arguments;
  }

  /** The call, for example {@code shm_open}. */
  public String call() {
    return call;
  }

  /** The error number; {@link Errno} names the ones that Holdfast treats specially. */
  public int errno() {
    return errno;
  }

  /** The call's arguments as text. */
  public String arguments() {
    return arguments;
  }

  /** Whether the error is this one. */
  public boolean is(int errno) {
    return this.errno == errno;
  }
}
