package dev.holdfast.sync;

/**
 * What a wait word says, and a held word, which looks the same without G.
 *
 * <pre>
 *  63   62  61  58 57                              0
 * ┌───┬───┬──────┬──────────────────────────────────┐
 * │ G │ P │ mode │               key                │
 * └───┴───┴──────┴──────────────────────────────────┘
 * </pre>
 */
final class WaitWord {
  /** Somebody else granted what was waited for. */
  static final long GRANTED = 1L << 63;

  /** The key is a place in a region. */
  static final long PLACED = 1L << 62;

  static final long EXCLUSIVE = 1;
  static final long UPDATE = 2;
  static final long READ = 3;
  static final long PERMIT = 4;
  static final long CONDITION = 5;
  static final long DRAIN = 6;

  private static final int MODE_SHIFT = 58;
  private static final long MODE_MASK = 0xFL << MODE_SHIFT;
  private static final int REGION_SHIFT = 42;

  private WaitWord() {}

  /** The key, P included, of a lock in the table. */
  static long key(int lock) {
    return lock;
  }

  /** The key, P included, of a lock at a place in a region. */
  static long key(int regionSlot, long offset) {
    return PLACED | (long) regionSlot << REGION_SHIFT | offset / PlacedLayout.BYTES;
  }

  static long of(long key, long mode) {
    return key | mode << MODE_SHIFT;
  }

  /** The key in a word, P included. */
  static long key(long word) {
    return word & ~(GRANTED | MODE_MASK);
  }

  static long mode(long word) {
    return (word & MODE_MASK) >>> MODE_SHIFT;
  }

  static boolean isGranted(long word) {
    return word < 0;
  }

  static boolean isPlaced(long word) {
    return (word & PLACED) != 0;
  }

  static int regionSlot(long key) {
    return (int) (key >>> REGION_SHIFT) & 0xFFFF;
  }

  static long offset(long key) {
    return (key & ((1L << REGION_SHIFT) - 1)) * PlacedLayout.BYTES;
  }

  /** Whether who owns {@code held} keeps out who waits for {@code wanted}, of the same key. */
  static boolean excludes(long held, long wanted) {
    return switch ((int) wanted) {
      case (int) EXCLUSIVE -> held == EXCLUSIVE || held == UPDATE;
      case (int) UPDATE -> held == EXCLUSIVE || held == UPDATE;
      case (int) READ -> held == EXCLUSIVE;
      case (int) DRAIN -> held == READ;
      case (int) PERMIT -> held == PERMIT;
      default -> false;
    };
  }
}
