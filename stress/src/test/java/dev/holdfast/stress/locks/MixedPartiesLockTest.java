package dev.holdfast.stress.locks;

/** The contract between a JVM, a Python process, a platform thread and a virtual thread. */
class MixedPartiesLockTest extends LockContract {
  @Override
  Party start(LockWorld in, int index) {
    return switch (index) {
      case 0 -> in.python();
      case 1 -> in.java();
      case 2 -> in.thread(Thread.ofPlatform().daemon());
      default -> in.threadOfItsOwn(Thread.ofVirtual());
    };
  }
}
