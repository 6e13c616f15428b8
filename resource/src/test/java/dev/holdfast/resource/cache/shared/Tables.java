package dev.holdfast.resource.cache.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Words;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Small tables for tests, and what must hold in every table in which nobody is in the middle. */
final class Tables {
  /** Two sets, six slots, twelve blocks: everything is soon full. */
  static final CacheGeometry TINY = new CacheGeometry(4096 * 6 + 12 * 32, 4, 2, 6, 12, 32, 160);

  static final long SEED = 7;

  private Tables() {}

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static @Nullable String text(byte @Nullable [] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  static boolean put(EntryTable table, String key, String value) {
    return table.put(bytes(key), bytes(value), SlotLayout.NEVER);
  }

  static @Nullable String get(EntryTable table, String key) {
    return text(table.get(bytes(key)));
  }

  /**
   * Nothing is being filled, every entry has exactly one cell, every cell an entry, every block in
   * use is in exactly one entry's chain; what is in the cache, by key.
   */
  static Map<String, String> requireSound(Words words, CacheGeometry geometry, EntryTable table) {
    return requireSound(words, geometry, SEED, table);
  }

  static Map<String, String> requireSound(
      Words words, CacheGeometry geometry, long seed, EntryTable table) {
    CacheMemory memory = new CacheMemory(words, geometry, seed);
    Slots slots = new Slots(memory);
    Blocks blocks = new Blocks(memory, slots);
    Map<Integer, Long> cells = cells(words, geometry);
    Map<String, String> entries = new LinkedHashMap<>();
    Set<Integer> inChains = new HashSet<>();
    for (int slot = 0; slot < geometry.slots(); slot++) {
      long word = slots.word(slot);
      assertThat(SlotLayout.state(word)).as("slot %d", slot).isNotEqualTo(SlotLayout.FILLING);
      boolean live = SlotLayout.state(word) == SlotLayout.LIVE;
      assertThat(cells.get(slot))
          .as("cell of slot %d", slot)
          .isEqualTo(live ? SlotLayout.generation(word) : null);
      if (live) {
        long lengths = slots.plain(slot, SlotLayout.LENGTHS);
        long first = slots.plain(slot, SlotLayout.FIRST_BLOCK);
        int keyBytes = SlotLayout.keyBytes(lengths);
        int[] chain = blocks.chain(first, (long) keyBytes + SlotLayout.valueBytes(lengths));
        for (int block : chain) {
          assertThat(inChains.add(block)).as("block %d in one chain", block).isTrue();
          assertThat(blocks.isFree(block)).as("block %d of an entry", block).isFalse();
        }
        String key = text(blocks.copy(first, 0, keyBytes));
        String value = text(blocks.copy(first, keyBytes, SlotLayout.valueBytes(lengths)));
        assertThat(entries.put(String.valueOf(key), String.valueOf(value)))
            .as("another entry of the key %s", key)
            .isNull();
      }
    }
    for (int block = 0; block < geometry.blocks(); block++) {
      assertThat(blocks.isFree(block)).as("block %d", block).isEqualTo(!inChains.contains(block));
    }
    assertThat(table.usage().filling()).isZero();
    entries.forEach((key, value) -> assertThat(get(table, key)).isEqualTo(value));
    return entries;
  }

  /** Generation by slot, of all cells. */
  private static Map<Integer, Long> cells(Words words, CacheGeometry geometry) {
    Map<Integer, Long> cells = new LinkedHashMap<>();
    for (int i = 0; i < geometry.sets() * CellLayout.CELLS; i++) {
      long cell = words.get(geometry.setsOffset() + (long) i * Long.BYTES);
      if (cell != CellLayout.EMPTY) {
        assertThat(cells.put(CellLayout.slot(cell), CellLayout.generation(cell)))
            .as("another cell of slot %d", CellLayout.slot(cell))
            .isNull();
      }
    }
    return cells;
  }
}
