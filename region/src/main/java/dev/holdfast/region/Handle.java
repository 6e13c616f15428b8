package dev.holdfast.region;

/** A slot and its generation in one long: {@code generation << 16 | slot}; 0 is none. */
final class Handle {
  static final long NONE = 0;

  static long of(int slot, long generation) {
    return generation << 16 | slot;
  }

  static int slot(long handle) {
    return (int) (handle & 0xFFFF);
  }

  static long generation(long handle) {
    return handle >>> 16;
  }

  private Handle() {}
}
