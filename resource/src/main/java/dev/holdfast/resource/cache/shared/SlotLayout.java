package dev.holdfast.resource.cache.shared;

/** The head of an entry: its word, and what the word guards. */
final class SlotLayout {
  static final int BYTES = 64;

  static final int WORD = 0;
  static final int HASH = 8;
  static final int LENGTHS = 16;
  static final int EXPIRES = 24;
  static final int FIRST_BLOCK = 32;
  static final int FREQUENCY = 40;
  static final int RESERVED = 48;

  static final int FREE = 0;
  static final int FILLING = 1;
  static final int LIVE = 2;

  static final long FREQUENCY_MAX = 3;
  static final long NEVER = 0;

  private static final long STATE_MASK = 3;
  private static final int SEAT_SHIFT = 16;
  private static final long SEAT_MASK = 0xFFFF;
  private static final int GENERATION_SHIFT = 32;
  private static final long LENGTH_MASK = 0xFFFF_FFFFL;

  static long free(long generation) {
    return generation << GENERATION_SHIFT | FREE;
  }

  static long filling(long generation, int seat) {
    return generation << GENERATION_SHIFT | (seat + 1L) << SEAT_SHIFT | FILLING;
  }

  static long live(long generation) {
    return generation << GENERATION_SHIFT | LIVE;
  }

  static int state(long word) {
    return (int) (word & STATE_MASK);
  }

  static long generation(long word) {
    return word >>> GENERATION_SHIFT;
  }

  /** Of a slot that is being filled, the seat of who fills it. */
  static int seat(long word) {
    return (int) (word >>> SEAT_SHIFT & SEAT_MASK) - 1;
  }

  /** Whether the slot is in use at that generation. */
  static boolean holds(long word, long generation) {
    return generation(word) == generation && state(word) != FREE;
  }

  static long nextGeneration(long generation) {
    return generation == LENGTH_MASK ? 1 : generation + 1;
  }

  static long lengths(int keyBytes, int valueBytes) {
    return (long) valueBytes << Integer.SIZE | keyBytes;
  }

  /**
   * Where an entry's bytes begin, and how many blocks after the first one lie behind it in a row.
   */
  static long firstBlock(int block, int more) {
    return (long) more << Integer.SIZE | (block + 1L);
  }

  /** -1 if there is none. */
  static int block(long firstBlock) {
    return (int) firstBlock - 1;
  }

  /** How many blocks from the first one on lie in a row. */
  static long row(long firstBlock) {
    return (firstBlock >>> Integer.SIZE) + 1;
  }

  /** What is more than the most counts as the most: a damaged one goes as any other does. */
  static long frequency(long word) {
    return Long.compareUnsigned(word, FREQUENCY_MAX) > 0 ? FREQUENCY_MAX : word;
  }

  static int keyBytes(long lengths) {
    return (int) lengths;
  }

  static int valueBytes(long lengths) {
    return (int) (lengths >>> Integer.SIZE);
  }

  private SlotLayout() {}
}
