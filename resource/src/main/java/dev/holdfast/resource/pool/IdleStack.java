package dev.holdfast.resource.pool;

import org.jspecify.annotations.Nullable;

/**
 * The objects that nobody uses, latest returned on top: the warm ones stay in use, the others grow
 * old below. Guarded by the exchange's lock; every operation is O(1).
 */
final class IdleStack<T> {
  private @Nullable Entry<T> top;
  private @Nullable Entry<T> bottom;
  private int size;

  void push(Entry<T> entry) {
    entry.above = null;
    entry.below = top;
    if (top == null) {
      bottom = entry;
    } else {
      top.above = entry;
    }
    top = entry;
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
