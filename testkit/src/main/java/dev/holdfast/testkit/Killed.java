package dev.holdfast.testkit;

/**
 * Thrown by every platform call and word access of a simulated process after its end. An error, so
 * that code that handles exceptions does not go on; whatever its finally-blocks then try throws it
 * again and changes nothing.
 */
public final class Killed extends Error {
  private static final long serialVersionUID = 1L;

  /**
   * @param process the process that is no more
   */
  public Killed(String process) {
    super("simulated process was killed: name=" + process, null, false, false);
  }
}
