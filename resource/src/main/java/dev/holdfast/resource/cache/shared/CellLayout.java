package dev.holdfast.resource.cache.shared;

/**
 * A cell of a set: which slot, at which generation, stands there; and the tag of its key's hash.
 */
final class CellLayout {
  static final int CELLS = 8;
  static final int SET_BYTES = CELLS * Long.BYTES;
  static final long EMPTY = 0;
  static final int SLOTS_MAX = (1 << 24) - 1;

  private static final int TAG_SHIFT = 24;
  private static final int GENERATION_SHIFT = 32;
  private static final int TAG_OF_HASH_SHIFT = 56;
  private static final long TAG_MASK = 0xFF;

  static long cell(int slot, long generation, long hash) {
    return generation << GENERATION_SHIFT | (hash >>> TAG_OF_HASH_SHIFT) << TAG_SHIFT | (slot + 1);
  }

  static int slot(long cell) {
    return (int) (cell & SLOTS_MAX) - 1;
  }

  static long generation(long cell) {
    return cell >>> GENERATION_SHIFT;
  }

  /** Whether the key with that hash can stand behind this cell. */
  static boolean mayHold(long cell, long hash) {
    return cell != EMPTY && (cell >>> TAG_SHIFT & TAG_MASK) == hash >>> TAG_OF_HASH_SHIFT;
  }

  /** Whether the cell refers to that slot at that generation, whatever its tag. */
  static boolean refersTo(long cell, int slot, long generation) {
    return slot(cell) == slot && generation(cell) == generation;
  }

  private CellLayout() {}
}
