package dev.holdfast.resource.cache;

/**
 * Room on the stack of the current thread, for work that must not end half-way with a {@link
 * StackOverflowError}: who asks first gets that error before anything has changed.
 */
final class StackRoom {
  private static final int FRAMES = 192; // of some 100 bytes: three times what a load needs to end

  private StackRoom() {}

  /** Returns if there is room; otherwise the stack overflows now. */
  static void require() {
    if (reach(FRAMES, 2, 3, 5, 7, 11, 13, 17, 19) == 0) {
      throw new AssertionError("an odd number is 0");
    }
  }

  /** What each frame needs after the next one has returned makes it large, compiled as well. */
  private static long reach(
      int frames, long a, long b, long c, long d, long e, long f, long g, long h) {
    if (frames == 0) {
      return 1;
    }
    long next = reach(frames - 1, b, c, d, e, f, g, h, a);
    long some = (next + a) ^ (next + b) ^ (next + c) ^ (next + d);
    return (some + ((next + e) ^ (next + f) ^ (next + g) ^ (next + h))) | 1;
  }
}
