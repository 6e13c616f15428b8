package dev.holdfast.resource.cache.shared;

import java.lang.invoke.VarHandle;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The cache itself: bytes to bytes, between processes.
 *
 * <p><b>Sharing.</b> Any thread of any process. Lock-free: nobody waits for anybody, not for one
 * that is stopped, not for one that is dead.
 *
 * <p><b>Memory effects.</b> What was done before a put happens before what is done after a get that
 * returns its value.
 *
 * <p><b>Source.</b> docs/layout/shared-cache.md, which says store by store what a death leaves.
 */
@SuppressWarnings("ReferenceEquality") // OTHER, CHANGED, EXPIRED are told apart by identity
final class EntryTable {
  // States. A slot: FREE → FILLING → LIVE → FREE, and FILLING → FREE. An entry is in the cache
  // while a cell of its set refers to its slot at the slot's generation; each cell value is set
  // once.
  //
  // Ordering. slot word | CAS | get | a reader that finds the generation again, after a load fence,
  // has read that entry's bytes: a writer claims the slot by CAS and fences before it writes any.
  // cell | CAS | get | publishes everything that was written into the slot and its blocks.
  //
  // Not done. A lock a set: who is stopped inside would stop others. A seqlock a slot: its readers
  // spin for ever when the writer dies; the generation says the same and names no writer.

  /** A loop that loses this often is not in a race but in a damaged table. */
  private static final int ATTEMPTS_MAX = 10_000;

  // What a look at a slot finds besides a value; told apart by identity.
  private static final byte[] OTHER = new byte[0];
  private static final byte[] CHANGED = new byte[0];
  private static final byte[] EXPIRED = new byte[0];

  private final CacheMemory memory;
  private final Slots slots;
  private final Sets sets;
  private final Blocks blocks;
  private final Seats seats;
  private final Eviction eviction;
  private final LongSupplier monotonicNanos;
  private final int entryBytesMax;

  /**
   * @param seat one's own participant slot
   * @param living the handles of the participants that live, as of each call
   */
  EntryTable(
      CacheMemory memory, int seat, Supplier<Set<Long>> living, LongSupplier monotonicNanos) {
    this.memory = memory;
    this.slots = new Slots(memory);
    this.sets = new Sets(memory);
    this.blocks = new Blocks(memory, slots);
    this.seats = new Seats(memory, slots, sets, seat, living);
    this.eviction = new Eviction(memory, slots, sets, blocks, seats, monotonicNanos);
    this.monotonicNanos = monotonicNanos;
    this.entryBytesMax = memory.geometry().entryBytesMax();
  }

  Seats seats() {
    return seats;
  }

  // ---- looking up ------------------------------------------------------------------------------

  /** The value of a key; null if there is none. */
  byte @Nullable [] get(byte[] key) {
    byte[] value = lookUp(key, KeyHash.of(key, memory.hashSeed()));
    seats.count(value == null ? SeatLayout.MISSES : SeatLayout.HITS, 1);
    return value;
  }

  private byte @Nullable [] lookUp(byte[] key, long hash) {
    long set = sets.at(hash);
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      byte[] found = lookUpOnce(key, hash, set);
      if (found == EXPIRED) {
        return null;
      }
      if (found != OTHER && found != CHANGED) {
        return found;
      }
      if (found == OTHER && isAbsent(key, hash, set)) {
        return null;
      }
    }
    throw noProgress("get");
  }

  private byte[] lookUpOnce(byte[] key, long hash, long set) {
    for (int i = 0; i < CellLayout.CELLS; i++) {
      long cell = sets.cell(set, i);
      if (CellLayout.mayHold(cell, hash)) {
        byte[] found = read(set, i, cell, key, hash);
        if (found == EXPIRED) {
          takeOut(set, i, cell, SeatLayout.EXPIRED);
        }
        if (found != OTHER) {
          return found;
        }
      }
    }
    return OTHER;
  }

  /** Whether there was a moment at which no cell of the set held the key. */
  private boolean isAbsent(byte[] key, long hash, long set) {
    long[] cells = new long[CellLayout.CELLS];
    if (!sets.snapshot(set, cells)) {
      return false;
    }
    for (int i = 0; i < cells.length; i++) {
      if (CellLayout.mayHold(cells[i], hash) && read(set, i, cells[i], key, hash) != OTHER) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a cell leads to an entry. One that leads nowhere is emptied: a slot is freed only after
   * its cell was taken away, so it is not there any more, or it is damaged.
   */
  private boolean leads(long set, int index, long cell) {
    boolean leads = slots.holds(CellLayout.slot(cell), CellLayout.generation(cell));
    if (!leads) {
      sets.change(set, index, cell, CellLayout.EMPTY);
    }
    return leads;
  }

  /** The value behind a cell, or {@link #OTHER}, {@link #CHANGED}, {@link #EXPIRED}. */
  private byte[] read(long set, int index, long cell, byte[] key, long hash) {
    int slot = CellLayout.slot(cell);
    long generation = CellLayout.generation(cell);
    if (!leads(set, index, cell)) {
      return CHANGED;
    }
    byte[] found = readUnchecked(slot, key, hash);
    boolean expired = eviction.isExpired(slot);
    VarHandle.loadLoadFence(); // pairs with the fence in fill(): nothing above is read later
    if (!slots.holds(slot, generation)) {
      return CHANGED;
    }
    if (found != OTHER && found != CHANGED) {
      if (expired) {
        return EXPIRED;
      }
      warm(slot);
    }
    return found;
  }

  /** To be believed only if the slot's generation is the same afterwards. */
  private byte[] readUnchecked(int slot, byte[] key, long hash) {
    long lengths = slots.plain(slot, SlotLayout.LENGTHS);
    int valueBytes = SlotLayout.valueBytes(lengths);
    long first = slots.plain(slot, SlotLayout.FIRST_BLOCK);
    if (slots.plain(slot, SlotLayout.HASH) != hash
        || SlotLayout.keyBytes(lengths) != key.length
        || !blocks.startsWith(first, key)) {
      return OTHER;
    }
    if (isTooLong(key.length, valueBytes)) {
      return CHANGED;
    }
    byte[] value = blocks.copy(first, key.length, valueBytes);
    return value == null ? CHANGED : value;
  }

  private boolean isTooLong(int keyBytes, int valueBytes) {
    return keyBytes < 0 || valueBytes < 0 || (long) keyBytes + valueBytes > entryBytesMax;
  }

  private void warm(int slot) {
    long frequency = slots.frequency(slot);
    if (frequency < SlotLayout.FREQUENCY_MAX) {
      slots.setPlain(slot, SlotLayout.FREQUENCY, frequency + 1);
    }
  }

  // ---- putting ---------------------------------------------------------------------------------

  /**
   * Puts an entry; false if no room could be made, and then nothing stands under the key any more.
   *
   * @param timeToLiveNanos 0 for ever
   */
  boolean put(byte[] key, byte[] value, long timeToLiveNanos) {
    requireFits(key, value);
    long hash = KeyHash.of(key, memory.hashSeed());
    Filling filling = new Filling(memory.geometry().blocksFor(key.length + value.length));
    boolean published = false;
    try {
      if (eviction.claimSlot(filling) && eviction.claimBlocks(filling)) {
        fill(filling, hash, key, value, timeToLiveNanos);
        publish(filling, hash, key);
        makeLive(filling);
        published = true;
      }
    } finally {
      if (!published && filling.hasSlot()) {
        seats.settleOwn(filling.slot(), filling.generation()); // a cell may refer to it already
      }
    }
    if (!published) {
      removeAll(key, hash, SeatLayout.EVICTED);
    }
    seats.count(published ? SeatLayout.PUTS : SeatLayout.REFUSED, 1);
    return published;
  }

  /**
   * As {@link #put}; but an entry that is too large is not put at all, and what stands under its
   * key stays.
   */
  boolean putIfItFits(byte[] key, byte[] value, long timeToLiveNanos) {
    if (isTooLong(key.length, value.length)) {
      seats.count(SeatLayout.REFUSED, 1);
      return false;
    }
    return put(key, value, timeToLiveNanos);
  }

  private void requireFits(byte[] key, byte[] value) {
    if (isTooLong(key.length, value.length)) {
      throw new IllegalArgumentException(
          "entry is larger than this cache takes: key=%d bytes, value=%d bytes, most=%d bytes together"
              .formatted(key.length, value.length, entryBytesMax));
    }
  }

  private void fill(Filling filling, long hash, byte[] key, byte[] value, long timeToLiveNanos) {
    VarHandle.fullFence(); // the claim is seen before anything that is written below
    int slot = filling.slot();
    int[] chain = filling.chain();
    slots.setPlain(slot, SlotLayout.HASH, hash);
    slots.setPlain(slot, SlotLayout.LENGTHS, SlotLayout.lengths(key.length, value.length));
    slots.setPlain(slot, SlotLayout.EXPIRES, expires(timeToLiveNanos));
    slots.setPlain(slot, SlotLayout.FIRST_BLOCK, Blocks.first(chain));
    slots.setPlain(slot, SlotLayout.FREQUENCY, 0);
    byte[] bytes = new byte[key.length + value.length];
    System.arraycopy(key, 0, bytes, 0, key.length);
    System.arraycopy(value, 0, bytes, key.length, value.length);
    blocks.write(chain, bytes);
  }

  private long expires(long timeToLiveNanos) {
    if (timeToLiveNanos == 0) {
      return SlotLayout.NEVER;
    }
    long expires = monotonicNanos.getAsLong() + timeToLiveNanos;
    return expires == SlotLayout.NEVER ? 1 : expires;
  }

  /** Puts a cell in place, or into the place of the key's cell: from here on it is found. */
  private void publish(Filling filling, long hash, byte[] key) {
    long set = sets.at(hash);
    long cell = CellLayout.cell(filling.slot(), filling.generation(), hash);
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (tryPublishOnce(set, cell, hash, key)) {
        return;
      }
    }
    throw noProgress("put");
  }

  private boolean tryPublishOnce(long set, long cell, long hash, byte[] key) {
    long[] cells = new long[CellLayout.CELLS];
    int lowest = find(set, hash, key, cells);
    if (lowest == MOVED) {
      return false;
    }
    if (lowest >= 0) {
      return removeHigher(set, lowest, hash, key)
          && replace(set, lowest, cells[lowest], cell, SeatLayout.REPLACED);
    }
    int empty = emptyCell(cells);
    boolean done =
        empty >= 0
            ? sets.change(set, empty, CellLayout.EMPTY, cell)
            : evictFromSet(set, cells, cell);
    if (done) {
      removeDuplicates(set, hash, key);
    }
    return done;
  }

  private static final int ABSENT = -1;
  private static final int MOVED = -2;

  /** The lowest cell that has the key, {@link #ABSENT}, or {@link #MOVED}; fills {@code cells}. */
  private int find(long set, long hash, byte[] key, long[] cells) {
    if (!sets.snapshot(set, cells)) {
      return MOVED;
    }
    for (int i = 0; i < cells.length; i++) {
      int found =
          CellLayout.mayHold(cells[i], hash) ? compare(set, i, cells[i], key, hash) : ABSENT;
      if (found == MOVED) {
        return MOVED;
      }
      if (found >= 0) {
        return i;
      }
    }
    return ABSENT;
  }

  /** 0 if the key stands behind the cell, be it expired; {@link #ABSENT} or {@link #MOVED}. */
  private int compare(long set, int index, long cell, byte[] key, long hash) {
    int slot = CellLayout.slot(cell);
    long generation = CellLayout.generation(cell);
    if (!leads(set, index, cell)) {
      return MOVED;
    }
    boolean same =
        slots.plain(slot, SlotLayout.HASH) == hash
            && SlotLayout.keyBytes(slots.plain(slot, SlotLayout.LENGTHS)) == key.length
            && blocks.startsWith(slots.plain(slot, SlotLayout.FIRST_BLOCK), key);
    VarHandle.loadLoadFence(); // as in read()
    if (!slots.holds(slot, generation)) {
      return MOVED;
    }
    return same ? 0 : ABSENT;
  }

  private static int emptyCell(long[] cells) {
    for (int i = 0; i < cells.length; i++) {
      if (cells[i] == CellLayout.EMPTY) {
        return i;
      }
    }
    return ABSENT;
  }

  private boolean evictFromSet(long set, long[] cells, long cell) {
    int victim = 0;
    long least = Long.MAX_VALUE;
    for (int i = 0; i < cells.length; i++) {
      // begins elsewhere each time, so that equals take turns
      int index = (int) (i + CellLayout.generation(cell)) & (cells.length - 1);
      long frequency = worth(cells[index]);
      if (frequency < least) {
        least = frequency;
        victim = index;
      }
    }
    return replace(set, victim, cells[victim], cell, SeatLayout.EVICTED);
  }

  /** The frequency of what stands behind a cell; less than any if that is nothing. */
  private long worth(long cell) {
    int slot = CellLayout.slot(cell);
    return slots.holds(slot, CellLayout.generation(cell)) ? slots.frequency(slot) : -1;
  }

  private boolean replace(long set, int index, long from, long to, int statistic) {
    if (!sets.change(set, index, from, to)) {
      return false;
    }
    release(from, statistic);
    return true;
  }

  private boolean takeOut(long set, int index, long cell, int statistic) {
    return replace(set, index, cell, CellLayout.EMPTY, statistic);
  }

  /** Only for who took the cell away. */
  private void release(long cell, int statistic) {
    slots.free(CellLayout.slot(cell), CellLayout.generation(cell));
    seats.count(statistic, 1);
  }

  /** Takes out what a dead put left behind the key's cell; false if one of them moved. */
  private boolean removeHigher(long set, int lowest, long hash, byte[] key) {
    for (int i = CellLayout.CELLS - 1; i > lowest; i--) {
      long cell = sets.cell(set, i);
      if (CellLayout.mayHold(cell, hash)) {
        int found = compare(set, i, cell, key, hash);
        if (found == MOVED || (found >= 0 && !takeOut(set, i, cell, SeatLayout.REPLACED))) {
          return false;
        }
      }
    }
    return true;
  }

  /** Somebody may have put the same key into another cell just now: the lower one stays. */
  private void removeDuplicates(long set, long hash, byte[] key) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      long[] cells = new long[CellLayout.CELLS];
      int lowest = find(set, hash, key, cells);
      if (lowest == ABSENT || (lowest >= 0 && removeHigher(set, lowest, hash, key))) {
        return;
      }
    }
    throw noProgress("put");
  }

  private void makeLive(Filling filling) {
    long generation = filling.generation();
    slots.change(
        filling.slot(),
        SlotLayout.filling(generation, seats.mine()),
        SlotLayout.live(generation)); // fails if somebody took it out already
  }

  // ---- removing --------------------------------------------------------------------------------

  /** Whether there was anything to remove. */
  boolean remove(byte[] key) {
    return removeAll(key, KeyHash.of(key, memory.hashSeed()), SeatLayout.REMOVED);
  }

  private boolean removeAll(byte[] key, long hash, int statistic) {
    long set = sets.at(hash);
    long[] cells = new long[CellLayout.CELLS];
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      int lowest = find(set, hash, key, cells);
      if (lowest == ABSENT) {
        return false;
      }
      if (lowest >= 0
          && removeHigher(set, lowest, hash, key)
          && takeOut(set, lowest, cells[lowest], statistic)) {
        return true; // what stands under the key from here on was put later
      }
    }
    throw noProgress("remove");
  }

  /** Takes every entry out that is there now. */
  void clear() {
    for (int slot = 0; slot < slots.count(); slot++) {
      takeOutIf(slot, true);
    }
  }

  /** Recovers the dead, gives back what they forgot, and what has expired; how many entries. */
  int sweep() {
    int freed = seats.recoverDead();
    for (int slot = 0; slot < slots.count(); slot++) {
      freed += takeOutIf(slot, false) ? 1 : 0;
    }
    return freed;
  }

  /**
   * Takes out the entry of a slot if it has expired or anyway; frees one that nothing refers to.
   */
  private boolean takeOutIf(int slot, boolean anyway) {
    long word = slots.word(slot);
    long generation = SlotLayout.generation(word);
    if (SlotLayout.state(word) != SlotLayout.LIVE) {
      return false;
    }
    long set = sets.at(slots.plain(slot, SlotLayout.HASH));
    int index = sets.indexOf(set, slot, generation);
    if (index < 0) {
      return slots.change(slot, word, SlotLayout.free(generation));
    }
    boolean expired = eviction.isExpired(slot);
    long cell = sets.cell(set, index);
    return (anyway || expired)
        && CellLayout.refersTo(cell, slot, generation)
        && takeOut(set, index, cell, expired ? SeatLayout.EXPIRED : SeatLayout.REMOVED);
  }

  // ---- handles ---------------------------------------------------------------------------------

  /** The slot and generation of a key's entry, as in a block's owner word; 0 if there is none. */
  long handle(byte[] key) {
    long hash = KeyHash.of(key, memory.hashSeed());
    long set = sets.at(hash);
    long[] cells = new long[CellLayout.CELLS];
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      int lowest = find(set, hash, key, cells);
      if (lowest == ABSENT) {
        return 0;
      }
      if (lowest >= 0) {
        int slot = CellLayout.slot(cells[lowest]);
        long generation = CellLayout.generation(cells[lowest]);
        boolean expired = eviction.isExpired(slot);
        VarHandle.loadLoadFence(); // as in read()
        if (slots.holds(slot, generation)) {
          return expired ? 0 : BlockLayout.owner(slot, generation);
        }
      }
    }
    throw noProgress("handle");
  }

  /** The value of that very entry; null if it is not in the cache any more. */
  byte @Nullable [] get(long handle) {
    byte[] value = lookUp(handle);
    seats.count(value == null ? SeatLayout.MISSES : SeatLayout.HITS, 1);
    return value;
  }

  private byte @Nullable [] lookUp(long handle) {
    int slot = BlockLayout.slot(handle);
    long generation = BlockLayout.generation(handle);
    if (!slots.holds(slot, generation)
        || sets.indexOf(sets.at(slots.plain(slot, SlotLayout.HASH)), slot, generation) < 0
        || eviction.isExpired(slot)) {
      return null;
    }
    long lengths = slots.plain(slot, SlotLayout.LENGTHS);
    int keyBytes = SlotLayout.keyBytes(lengths);
    int valueBytes = SlotLayout.valueBytes(lengths);
    byte[] value =
        isTooLong(keyBytes, valueBytes)
            ? null
            : blocks.copy(slots.plain(slot, SlotLayout.FIRST_BLOCK), keyBytes, valueBytes);
    VarHandle.loadLoadFence(); // as in read()
    if (!slots.holds(slot, generation)) {
      return null;
    }
    warm(slot);
    return value;
  }

  // ---- what there is ---------------------------------------------------------------------------

  /** Counted now; others go on meanwhile. */
  SharedCacheUsage usage() {
    long entries = 0;
    long filling = 0;
    long bytes = 0;
    for (int slot = 0; slot < slots.count(); slot++) {
      long word = slots.word(slot);
      int state = SlotLayout.state(word);
      if (state == SlotLayout.LIVE) {
        entries++;
        long lengths = slots.plain(slot, SlotLayout.LENGTHS);
        bytes += (long) SlotLayout.keyBytes(lengths) + SlotLayout.valueBytes(lengths);
      }
      filling += state == SlotLayout.FILLING ? 1 : 0;
    }
    long free = 0;
    for (int block = 0; block < blocks.count(); block++) {
      free += blocks.isFree(block) ? 1 : 0;
    }
    CacheGeometry geometry = memory.geometry();
    return new SharedCacheUsage(
        geometry.bytes(),
        entries,
        geometry.slots(),
        bytes,
        (geometry.blocks() - free) * geometry.blockBytes(),
        (long) geometry.blocks() * geometry.blockBytes(),
        filling);
  }

  private static SharedCacheException noProgress(String operation) {
    return new SharedCacheException(
        "no progress in a cache: operation=%s, attempts=%d; its memory is damaged, remove its region"
            .formatted(operation, ATTEMPTS_MAX));
  }
}
