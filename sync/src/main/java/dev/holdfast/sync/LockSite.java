package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import org.jspecify.annotations.Nullable;

/**
 * Where one lock lives: in the table of its space, or at a place in a region.
 *
 * @param name for people
 * @param key in wait words
 * @param words that hold it
 * @param at where its line starts in them
 * @param options see {@link LockLayout}
 * @param cellsAt where its cells start, if it has any
 * @param cells how many
 * @param undo where its undo record stands, if it has room for one
 * @param statistics its counters
 */
record LockSite(
    String name,
    long key,
    Words words,
    long at,
    long options,
    long cellsAt,
    int cells,
    @Nullable UndoArea undo,
    Statistics statistics) {
  boolean fair() {
    return (options & LockLayout.OPTION_FAIR) != 0;
  }

  boolean readBiased() {
    return (options & LockLayout.OPTION_READ_BIASED) != 0;
  }
}
