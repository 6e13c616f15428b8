package dev.holdfast.resource.cache;

import java.util.Arrays;

/**
 * How often keys were seen, roughly: a count-min sketch of four counters of 4 bits a key, in one
 * cache line; all are halved now and then, so that it forgets. 8 bytes an entry of the cache. It
 * never says too little, except after a halving.
 *
 * <p>Source: Einziger, Friedman, Manes: TinyLFU, a highly efficient cache admission policy (2017).
 */
final class FrequencySketch {
  static final int COUNT_MAX = 15;
  private static final int SAMPLE_FACTOR = 10;
  private static final int LONGS_MAX = 1 << 28;
  private static final long HALF_MASK = 0x7777777777777777L;

  private long[] table = new long[8];
  private long added;
  private long sample = SAMPLE_FACTOR * 8L;

  /** Makes room for so many entries. */
  void ensureCapacity(long entries) {
    while (entries > table.length && table.length < LONGS_MAX) {
      long[] twice = Arrays.copyOf(table, table.length * 2);
      System.arraycopy(table, 0, twice, table.length, table.length); // a key is in either half
      table = twice;
      sample *= 2;
    }
  }

  /** How often this key was seen; up to 15. */
  int count(int hash) {
    int least = COUNT_MAX;
    for (int row = 0; row < 4; row++) {
      least = Math.min(least, (int) (table[index(hash, row)] >>> shift(hash, row)) & COUNT_MAX);
    }
    return least;
  }

  /** Notes that the key was seen so many times more. */
  void add(int hash, int times) {
    boolean changed = false;
    int count = Math.min(COUNT_MAX, count(hash) + times);
    for (int row = 0; row < 4; row++) {
      int index = index(hash, row);
      int shift = shift(hash, row);
      long old = (table[index] >>> shift) & COUNT_MAX;
      if (old < count) {
        table[index] += (count - old) << shift;
        changed = true;
      }
    }
    if (changed) {
      added += times;
    }
    if (added >= sample) {
      halve();
    }
  }

  void halve() {
    for (int i = 0; i < table.length; i++) {
      table[i] = (table[i] >>> 1) & HALF_MASK;
    }
    added >>= 1;
  }

  private int index(int hash, int row) {
    long mixed = Hashes.mix(hash);
    int block = (int) mixed & ((table.length >> 3) - 1);
    int within = (int) (mixed >>> (32 + (row << 3))) & 1;
    return (block << 3) + (row << 1) + within;
  }

  private static int shift(int hash, int row) {
    long mixed = Hashes.mix(hash);
    return (int) ((mixed >>> (33 + (row << 3))) & 15) << 2;
  }
}
