package dev.holdfast.resource.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A counter for what happens hundreds of millions of times a second: cells of a cache line each,
 * chosen by thread, so that threads seldom meet in one. Exact: a cell is added to atomically.
 */
final class HitCounter {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int LINE = 8; // longs in 64 bytes
  private static final int STRIPES =
      Integer.highestOneBit(Runtime.getRuntime().availableProcessors() * 4 - 1) << 1;

  private final long[] cells = new long[STRIPES * LINE]; // of each line the last, off the header

  void increment() {
    int stripe = (int) Thread.currentThread().threadId();
    CELL.getAndAdd(cells, (stripe * LINE + LINE - 1) & (cells.length - 1), 1L);
  }

  long sum() {
    long sum = 0;
    for (int i = LINE - 1; i < cells.length; i += LINE) {
      sum += (long) CELL.getVolatile(cells, i);
    }
    return sum;
  }
}
