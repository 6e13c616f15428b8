package dev.holdfast.cli;

/**
 * A command cannot do what it was asked to, for a reason of its own: what, values, next step. What
 * the layers below refuse stays their own exception.
 */
final class FailureException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String kind;
  private final int exitCode;

  /**
   * @param kind one word for programs, for example {@code FileExists}
   * @param message for people
   */
  FailureException(String kind, String message) {
    this(kind, message, ExitCode.FAILED);
  }

  /** The same with an {@link ExitCode} of its own. */
  FailureException(String kind, String message, int exitCode) {
    super(message);
    this.kind = kind;
    this.exitCode = exitCode;
  }

  String kind() {
    return kind;
  }

  int exitCode() {
    return exitCode;
  }

  /** The command was told to end before it was done. */
  static FailureException interrupted(String what) {
    return new FailureException("Interrupted", "interrupted: " + what);
  }
}
