package dev.holdfast.stress.locks;

/**
 * The contract between virtual threads: two of one process, two that are processes of their own.
 */
class VirtualThreadsLockTest extends LockContract {
  @Override
  Party start(LockWorld in, int index) {
    Thread.Builder kind = Thread.ofVirtual().name("party-" + index);
    return index % 2 == 0 ? in.thread(kind) : in.threadOfItsOwn(kind);
  }
}
