package dev.holdfast.worker;

/**
 * The user's Python code raised: when its file was imported, or when a function was called. It is
 * not tried again. The message ends with the traceback.
 */
public final class WorkerFailedException extends WorkerException {
  private static final long serialVersionUID = 1L;

  private final String type;
  private final String traceback;

  WorkerFailedException(String what, Message.PythonError error) {
    super(
        "%s: %s: %s\n%s".formatted(what, error.type(), error.message(), error.traceback().strip()),
        null);
    this.type = error.type();
    this.traceback = error.traceback();
  }

  /** The name of the Python exception's class, for example {@code ValueError}. */
  public String type() {
    return type;
  }

  /** The Python traceback, as Python prints it. */
  public String traceback() {
    return traceback;
  }
}
