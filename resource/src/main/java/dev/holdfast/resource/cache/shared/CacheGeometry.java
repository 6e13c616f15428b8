package dev.holdfast.resource.cache.shared;

import static dev.holdfast.resource.cache.shared.CacheHeaderLayout.BYTES;

/**
 * Where everything stands in a cache's region.
 *
 * @param bytes of the region
 * @param seats participants that can use it
 * @param sets a power of two
 * @param slots entries it can hold
 * @param blocks pieces of memory for keys and values
 * @param blockBytes bytes of each, a power of two
 * @param entryBytesMax of key and value together
 */
record CacheGeometry(
    long bytes, int seats, int sets, int slots, int blocks, int blockBytes, int entryBytesMax) {
  private static final int TABLE_ALIGNMENT = 4096;
  private static final int SLOTS_MIN = 4;
  private static final int SLOTS_A_SET = 3; // of 8 cells: a set overflows 4 times in 1,000
  private static final int BLOCKS_AN_ENTRY = 4;
  private static final int BLOCK_BYTES_DEFAULT_MAX = 4096;

  /** The largest entry is a quarter of the blocks, so that a few of them fit. */
  private static final int ENTRIES_MIN = 4;

  /**
   * The best that fits.
   *
   * @param bytes for everything, tables and header included
   * @param entryBytes of a usual entry, key and value together
   * @throws IllegalArgumentException if that is too little memory for anything
   */
  static CacheGeometry of(long bytes, int entryBytes, int seats) {
    int blockBytes = blockBytes(entryBytes);
    int blocksAnEntry = Math.ceilDiv(entryBytes, blockBytes);
    long low = 0;
    long high = Math.min(CellLayout.SLOTS_MAX, BlockLayout.BLOCKS_MAX / blocksAnEntry);
    while (low < high) { // the most slots that fit, each with the blocks of a usual entry
      long middle = (low + high + 1) >>> 1;
      if (end(seats, sets(middle), middle, middle * blocksAnEntry, blockBytes) <= bytes) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    if (low < SLOTS_MIN) {
      throw new IllegalArgumentException(
          "too little memory for a cache: bytes=%d, bytes of an entry=%d, seats=%d, least=%d"
              .formatted(
                  bytes,
                  entryBytes,
                  seats,
                  end(
                      seats,
                      sets(SLOTS_MIN),
                      SLOTS_MIN,
                      (long) SLOTS_MIN * blocksAnEntry,
                      blockBytes)));
    }
    int slots = (int) low;
    long room = bytes - end(seats, sets(slots), slots, 0, blockBytes) - TABLE_ALIGNMENT;
    long more = Math.max(0, room) / (blockBytes + BlockLayout.WORDS_BYTES);
    int blocks = (int) Math.clamp(more, low * blocksAnEntry, BlockLayout.BLOCKS_MAX);
    long entryBytesMax = (long) blocks / ENTRIES_MIN * blockBytes;
    return new CacheGeometry(
        bytes,
        seats,
        sets(slots),
        slots,
        blocks,
        blockBytes,
        (int) Math.min(Integer.MAX_VALUE >> 1, entryBytesMax));
  }

  /** A quarter of a usual entry: an eighth of the memory is lost at the ends of entries. */
  private static int blockBytes(int entryBytes) {
    int wanted = Integer.highestOneBit(Math.max(1, entryBytes / BLOCKS_AN_ENTRY));
    return Math.clamp(wanted, 2 * BlockLayout.BYTES_MIN, BLOCK_BYTES_DEFAULT_MAX);
  }

  private static int sets(long slots) {
    int least = Math.toIntExact(Math.ceilDiv(slots, SLOTS_A_SET));
    return least <= 1 ? 1 : Integer.highestOneBit(least - 1) << 1;
  }

  private static long end(int seats, int sets, long slots, long blocks, int blockBytes) {
    return blocksOffset(seats, sets, slots, blocks) + blocks * blockBytes;
  }

  private static long blocksOffset(int seats, int sets, long slots, long blocks) {
    return aligned(blockWordsOffset(seats, sets, slots) + blocks * BlockLayout.WORDS_BYTES);
  }

  private static long blockWordsOffset(int seats, int sets, long slots) {
    return aligned(slotsOffset(seats, sets) + slots * SlotLayout.BYTES);
  }

  private static long slotsOffset(int seats, int sets) {
    return aligned(setsOffset(seats) + (long) sets * CellLayout.SET_BYTES);
  }

  private static long setsOffset(int seats) {
    return aligned(BYTES + (long) seats * SeatLayout.BYTES);
  }

  private static long aligned(long offset) {
    return Math.ceilDiv(offset, TABLE_ALIGNMENT) * TABLE_ALIGNMENT;
  }

  /** Whether these numbers can be those of a cache; its tables lie inside its region then. */
  boolean isSound() {
    return seats > 0
        && seats <= 65535
        && sets > 0
        && Integer.bitCount(sets) == 1
        && slots > 0
        && slots <= CellLayout.SLOTS_MAX
        && blocks > 0
        && blocks <= BlockLayout.BLOCKS_MAX
        && blockBytes >= BlockLayout.BYTES_MIN
        && blockBytes <= BlockLayout.BYTES_MAX
        && Integer.bitCount(blockBytes) == 1
        && entryBytesMax > 0
        && entryBytesMax <= (long) blocks * blockBytes
        && end(seats, sets, slots, blocks, blockBytes) <= bytes;
  }

  long seatsOffset() {
    return BYTES;
  }

  long setsOffset() {
    return setsOffset(seats);
  }

  long slotsOffset() {
    return slotsOffset(seats, sets);
  }

  long blockWordsOffset() {
    return blockWordsOffset(seats, sets, slots);
  }

  long blocksOffset() {
    return blocksOffset(seats, sets, slots, blocks);
  }

  long seat(int seat) {
    return seatsOffset() + (long) seat * SeatLayout.BYTES;
  }

  /** The set of a hash. */
  long set(long hash) {
    return setsOffset() + (hash & (sets - 1)) * CellLayout.SET_BYTES;
  }

  /** Blocks that so many bytes take. */
  int blocksFor(int length) {
    return Math.ceilDiv(length, blockBytes);
  }
}
