package dev.holdfast.resource.guard;

import java.io.Serial;

/** Where and by which thread something was done; never thrown. */
final class Trace extends Throwable {
  @Serial private static final long serialVersionUID = 1;

  private final String what;
  private final String threadName;
  private final long threadId;

  Trace(String what) {
    Thread thread = Thread.currentThread();
    this.what = what;
    this.threadName = thread.getName();
    this.threadId = thread.threadId();
  }

  /** Put together only if somebody looks. */
  @Override
  public String getMessage() {
    return "%s here, by thread #%d %s".formatted(what, threadId, threadName);
  }
}
