package dev.holdfast.resource.cache.shared;

/** The words of a block: whose it is, and which block follows. */
final class BlockLayout {
  static final int WORDS_BYTES = 16;
  static final int OWNER = 0;
  static final int NEXT = 8;
  static final int BLOCKS_MAX = (1 << 24) - 1;
  static final int BYTES_MIN = 32;
  static final int BYTES_MAX = 65536;

  private static final int GENERATION_SHIFT = 32;
  private static final long SLOT_MASK = 0xFFFF_FFFFL;

  static long owner(int slot, long generation) {
    return generation << GENERATION_SHIFT | (slot + 1L);
  }

  static int slot(long owner) {
    return (int) (owner & SLOT_MASK) - 1;
  }

  static long generation(long owner) {
    return owner >>> GENERATION_SHIFT;
  }

  private BlockLayout() {}
}
