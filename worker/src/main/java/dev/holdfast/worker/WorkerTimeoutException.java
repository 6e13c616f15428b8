package dev.holdfast.worker;

/** A call, or the start of a worker, took longer than it was given. */
public final class WorkerTimeoutException extends WorkerException {
  private static final long serialVersionUID = 1L;

  WorkerTimeoutException(String message) {
    super(message, null);
  }
}
