package dev.holdfast.resource.data;

/** The thread that opened a guard, until it closes it. Only that thread changes it. */
final class GuardOwner {
  private final Thread owner = Thread.currentThread();
  private volatile boolean open = true;

  void requireOpen() {
    requireOwner();
    if (!open) {
      throw new IllegalStateException("guard is closed; open a new one");
    }
  }

  /** Whether this is the first close. */
  boolean closeOnce() {
    if (!open) {
      return false;
    }
    requireOwner();
    open = false;
    return true;
  }

  private void requireOwner() {
    if (!Thread.currentThread().equals(owner)) {
      throw new IllegalStateException(
          "guard of another thread: opened by=%s, used by=%s; each thread opens its own"
              .formatted(owner, Thread.currentThread()));
    }
  }
}
