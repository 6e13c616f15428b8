package dev.holdfast.sync;

/**
 * How much the lock segment of a space has room for; decided by whoever asks for the space's first
 * lock. About 4 MiB by default.
 *
 * @param locks named locks: 1 to 65,535
 * @param contexts threads, of all processes, that own a lock or wait for one at the same time: 64
 *     to 8,190
 * @param cells permits of all semaphores together, and as many as the space has participant slots
 *     for each read-write lock
 */
public record LockSizes(int locks, int contexts, int cells) {
  /** 4,096 locks, 2,048 contexts, 65,536 cells. */
  public static final LockSizes DEFAULT = new LockSizes(4096, 2048, 65_536);

  /** Refuses sizes that the layout has no room for. */
  public LockSizes {
    require("locks", locks, 1, SegmentLayout.LOCKS_MAX);
    require("contexts", contexts, SegmentLayout.CONTEXTS_MIN, SegmentLayout.CONTEXTS_MAX);
    require("cells", cells, SegmentLayout.CELLS_MIN, SegmentLayout.CELLS_MAX);
  }

  private static void require(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s out of range: %s=%d, least=%d, most=%d".formatted(name, name, value, least, most));
    }
  }
}
