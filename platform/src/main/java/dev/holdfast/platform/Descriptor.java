package dev.holdfast.platform;

/**
 * An open file, shared memory object, directory or process, as the operating system numbers it.
 *
 * <p>Identity is by instance: two descriptors are never equal. Closed by {@link Platform#close},
 * once; a closed one is refused before its number can reach the operating system and mean another
 * object there.
 */
public final class Descriptor {
  private final int number;
  private final String what;
  private boolean closed;

  /**
   * @param number the operating system's number
   * @param what what it refers to, for messages: a path or an object's name
   */
  public Descriptor(int number, String what) {
    this.number = number;
    this.what = what;
  }

  /**
   * The operating system's number.
   *
   * @throws IllegalStateException if closed
   */
  public synchronized int number() {
    if (closed) {
      throw new IllegalStateException("descriptor is closed: " + what);
    }
    return number;
  }

  /** What it refers to: a path or an object's name. */
  public String what() {
    return what;
  }

  /**
   * Marks it closed and hands the number to the first caller, who must give it back to the
   * operating system; -1 for every later one.
   */
  public synchronized int take() {
    if (closed) {
      return -1;
    }
    closed = true;
    return number;
  }

  @Override
  public String toString() {
    return what + " (descriptor " + number + ")";
  }
}
