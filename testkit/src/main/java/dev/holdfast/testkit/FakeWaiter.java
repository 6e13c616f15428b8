package dev.holdfast.testkit;

/** One sleeper on a word; guarded by the kernel. */
final class FakeWaiter {
  final long address;
  boolean woken;

  FakeWaiter(long address) {
    this.address = address;
  }
}
