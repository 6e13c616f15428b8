package dev.holdfast.resource.cache.shared;

import dev.holdfast.platform.Words;

/** The index: sets of cells. A cell is changed by compare-and-set only. */
final class Sets {
  private final Words words;
  private final long base;
  private final long mask;

  Sets(CacheMemory memory) {
    this.words = memory.words();
    this.base = memory.geometry().setsOffset();
    this.mask = memory.geometry().sets() - 1L;
  }

  long at(long hash) {
    return base + (hash & mask) * CellLayout.SET_BYTES;
  }

  long cell(long set, int index) {
    return words.get(set + (long) index * Long.BYTES);
  }

  boolean change(long set, int index, long from, long to) {
    return words.compareAndSet(set + (long) index * Long.BYTES, from, to);
  }

  /** Copies the cells; whether they stood like that all at once. */
  boolean snapshot(long set, long[] into) {
    for (int i = 0; i < into.length; i++) {
      into[i] = cell(set, i);
    }
    for (int i = 0; i < into.length; i++) {
      if (cell(set, i) != into[i]) {
        return false;
      }
    }
    return true;
  }

  /** Which cell of the set refers to that slot at that generation; -1 if none does. */
  int indexOf(long set, int slot, long generation) {
    for (int i = 0; i < CellLayout.CELLS; i++) {
      if (CellLayout.refersTo(cell(set, i), slot, generation)) {
        return i;
      }
    }
    return -1;
  }
}
