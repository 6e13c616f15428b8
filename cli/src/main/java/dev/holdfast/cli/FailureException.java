package dev.holdfast.cli;

/**
 * A command cannot do what it was asked to, for a reason of its own: what, values, next step. What
 * the layers below refuse stays their own exception.
 */
final class FailureException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String kind;

  /**
   * @param kind one word for programs, for example {@code FileExists}
   * @param message for people
   */
  FailureException(String kind, String message) {
    super(message);
    this.kind = kind;
  }

  String kind() {
    return kind;
  }

  /** The command was told to end before it was done. */
  static FailureException interrupted(String what) {
    return new FailureException("Interrupted", "interrupted: " + what);
  }
}
