package dev.holdfast.worker;

/** There is no Python on this machine that can run a worker; the message says what was tried. */
public final class PythonNotFoundException extends WorkerException {
  private static final long serialVersionUID = 1L;

  PythonNotFoundException(String message) {
    super(message, null);
  }
}
