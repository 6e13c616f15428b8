package dev.holdfast.resource.cache.shared;

import dev.holdfast.testkit.HeapWords;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jspecify.annotations.Nullable;

/**
 * What Lincheck runs: two participants with a shared cache in words on the heap. Every key stands
 * in the same set, every value in two blocks, so that half of one beside half of another shows.
 */
@Param(name = "key", gen = IntGen.class, conf = "1:2")
@Param(name = "value", gen = IntGen.class, conf = "1:3")
@Param(name = "thread", gen = ThreadIdGen.class)
public abstract class CacheOperations {
  /** What no value is. */
  static final int TORN = -1;

  private static final int SEED = 7;
  private static final int BLOCK_BYTES = 32;
  private static final int VALUE_BYTES = BLOCK_BYTES + Long.BYTES;
  private static final int BLOCKS_AN_ENTRY = 2;
  private static final int TABLES_BYTES = 5 * 4096;
  private static final Set<Long> LIVING = Set.of(1L << 16, 1L << 16 | 1);
  private static final int THREADS_MAX = 5; // Lincheck counts its threads from 0, the first apart

  private final CacheMemory memory;
  private final List<EntryTable> tables;
  private final long[] handles = new long[THREADS_MAX];

  /**
   * @param slots how many entries it holds
   */
  CacheOperations(int slots) {
    int blocks = slots * BLOCKS_AN_ENTRY;
    int bytes = TABLES_BYTES + blocks * BLOCK_BYTES;
    CacheGeometry geometry = new CacheGeometry(bytes, 2, 1, slots, blocks, BLOCK_BYTES, 64);
    memory = new CacheMemory(new HeapWords(bytes), geometry, SEED);
    tables = List.of(table(0), table(1));
  }

  private EntryTable table(int seat) {
    EntryTable table = new EntryTable(memory, seat, () -> LIVING, () -> 0);
    table.seats().take(1L << 16 | seat);
    return table;
  }

  /** The cache as the participant of that thread sees it. */
  final EntryTable tableOf(int thread) {
    return tables.get(thread & 1);
  }

  /** For wrong variants. */
  final CacheMemory memory() {
    return memory;
  }

  static byte[] key(int key) {
    return new byte[] {(byte) key};
  }

  private static byte[] value(int value) {
    byte[] bytes = new byte[VALUE_BYTES];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  static @Nullable Integer decoded(byte @Nullable [] bytes) {
    if (bytes == null) {
      return null;
    }
    return Arrays.equals(bytes, value(bytes[0])) ? (int) bytes[0] : TORN;
  }

  /** The value, if there is one. */
  @Operation
  public @Nullable Integer get(@Param(name = "thread") int thread, @Param(name = "key") int key) {
    return decoded(tableOf(thread).get(key(key)));
  }

  /** Sets the value; whether there was room. */
  @Operation
  public boolean put(
      @Param(name = "thread") int thread,
      @Param(name = "key") int key,
      @Param(name = "value") int value) {
    return tableOf(thread).put(key(key), value(value), SlotLayout.NEVER);
  }

  /** Forgets the key; whether there was anything to forget. */
  @Operation
  public boolean remove(@Param(name = "thread") int thread, @Param(name = "key") int key) {
    return tableOf(thread).remove(key(key));
  }

  /** Remembers the entry of the key; whether there is one. */
  @Operation
  public boolean pick(@Param(name = "thread") int thread, @Param(name = "key") int key) {
    handles[thread] = tableOf(thread).handle(key(key));
    return handles[thread] != 0;
  }

  /** The value of the entry that the thread remembers, if it is still there. */
  @Operation
  public @Nullable Integer getPicked(@Param(name = "thread") int thread) {
    return handles[thread] == 0 ? null : decoded(tableOf(thread).get(handles[thread]));
  }

  /** Gives back what nobody needs: to be noticed by nobody. */
  @Operation
  public void sweep(@Param(name = "thread") int thread) {
    tableOf(thread).sweep();
  }
}
