package dev.holdfast.resource.pool;

import org.jspecify.annotations.Nullable;

/**
 * The objects that nobody uses, latest returned on top: the warm ones stay in use, the others grow
 * old below. Guarded by the exchange's lock; every operation is O(1), but for putting one back,
 * which passes those that are older.
 */
final class IdleStack<T> {
  private @Nullable Entry<T> top;
  private @Nullable Entry<T> bottom;
  private int size;
  private long pushes;

  void push(Entry<T> entry) {
    entry.pushed = ++pushes;
    insert(top, entry, null);
  }

  /** Puts an object that nobody used meanwhile back where it lay. */
  void putBack(Entry<T> entry) {
    Entry<T> above = bottom;
    while (above != null && above.pushed < entry.pushed) {
      above = above.above;
    }
    insert(above == null ? top : above.below, entry, above);
  }

  private void insert(@Nullable Entry<T> below, Entry<T> entry, @Nullable Entry<T> above) {
    entry.below = below;
    entry.above = above;
    if (below == null) {
      bottom = entry;
    } else {
      below.above = entry;
    }
    if (above == null) {
      top = entry;
    } else {
      above.below = entry;
    }
    size++;
  }

  @Nullable Entry<T> top() {
    return top;
  }

  @Nullable Entry<T> bottom() {
    return bottom;
  }

  void remove(Entry<T> entry) {
    Entry<T> above = entry.above;
    Entry<T> below = entry.below;
    if (above == null) {
      top = below;
    } else {
      above.below = below;
    }
    if (below == null) {
      bottom = above;
    } else {
      below.above = above;
    }
    entry.above = null;
    entry.below = null;
    size--;
  }

  int size() {
    return size;
  }
}
