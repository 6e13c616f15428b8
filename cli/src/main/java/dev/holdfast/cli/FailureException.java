package dev.holdfast.cli;

/**
 * A command cannot do what it was asked to, for a reason of its own: what, values, next step. What
 * the layers below refuse stays their own exception.
 */
final class FailureException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FailureException(String message) {
    super(message);
  }
}
