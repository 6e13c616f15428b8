package dev.holdfast.resource.cache.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Words;
import dev.holdfast.testkit.HeapWords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/**
 * The golden shared cache, written by the tables of docs/layout/shared-cache.md alone: every offset
 * here is a literal from there. Java and Python must both read it as told.
 *
 * <p>What it holds: 64 seats, 2 sets, 4 slots, 8 blocks of 32 bytes. Slot 0 is LIVE: "frame-42" →
 * "a value of two blocks, 37 bytes long"; slot 1 is LIVE and expired: "old" → "gone"; slot 2 is
 * being filled by seat 5; slot 3 was freed in generation 9. With {@code -Dholdfast.golden=write}
 * the test writes the files instead.
 */
class GoldenCacheTest {
  private static final Path GOLDEN =
      Path.of(System.getProperty("holdfast.root", "..")).resolve("docs/layout/golden");
  private static final String VALUE = "a value of two blocks, 37 bytes long.";
  private static final int SEATS = 4096;
  private static final int SETS = SEATS + 8192;
  private static final int SLOTS = SETS + 4096;
  private static final int BLOCK_WORDS = SLOTS + 4096;
  private static final int BLOCKS = BLOCK_WORDS + 4096;
  private static final int BYTES = BLOCKS + 8 * 32;
  private static final long SEED = 0x1122334455667788L;

  private final ByteBuffer region = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final List<String> fields = new ArrayList<>();

  private void word(int at, long value, String what) {
    region.putLong(at, value);
    fields.add("  {\"offset\": %d, \"words\": [%d], \"what\": \"%s\"}".formatted(at, value, what));
  }

  private void text(int at, String text, String what) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    region.put(at, bytes);
    fields.add(
        "  {\"offset\": %d, \"hex\": \"%s\", \"what\": \"%s\"}"
            .formatted(at, HexFormat.of().formatHex(bytes), what));
  }

  private void write() {
    header();
    word(SEATS, 3L << 16, "seat 0: participant 0 of generation 3");
    word(SEATS + 8, 12, "seat 0: hits");
    word(SEATS + 5 * 128, 2L << 16 | 5, "seat 5: participant 5 of generation 2");
    slot(0, 4L << 32 | 2, "frame-42", VALUE, 0, 1L << 32 | 1);
    slot(1, 1L << 32 | 2, "old", "gone", 1, 4);
    word(SLOTS + 128, 7L << 32 | 6 << 16 | 1, "slot 2: FILLING by seat 5, generation 7");
    word(SLOTS + 192, 9L << 32, "slot 3: FREE, generation 9");
    cell(0, "frame-42", 4);
    cell(1, "old", 1);
    block(0, 4L << 32 | 1, 2, "of slot 0, then block 1");
    block(1, 4L << 32 | 1, 0, "of slot 0, the last");
    block(3, 1L << 32 | 2, 0, "of slot 1, the last");
    block(4, 7L << 32 | 3, 0, "of slot 2, the last");
    block(5, 8L << 32 | 4, 0, "of slot 3 in generation 8: free");
    byte[] bytes = ("frame-42" + VALUE).getBytes(StandardCharsets.UTF_8);
    text(BLOCKS, new String(bytes, 0, 32, StandardCharsets.UTF_8), "block 0: key and value");
    text(BLOCKS + 32, new String(bytes, 32, 13, StandardCharsets.UTF_8), "block 1: value");
    text(BLOCKS + 96, "oldgone", "block 3: key and value");
  }

  private void header() {
    text(0, "HFSCACHE", "magic");
    word(8, 1, "layout major");
    word(16, 0, "layout minor");
    word(24, 0, "required features");
    word(32, 0, "optional features");
    word(40, 0x0102030405060708L, "byte order mark");
    word(48, BYTES, "exact size");
    word(56, 99, "incarnation");
    word(64, 1_700_000_000_000_000_000L, "created at");
    word(72, SEED, "hash seed");
    word(80, 64, "seats");
    word(88, 2, "sets");
    word(96, 4, "slots");
    word(104, 8, "blocks");
    word(112, 32, "bytes of a block");
    word(120, 64, "largest entry");
    word(128, 60_000_000_000L, "time to live");
    word(136, SEATS, "offset of seats");
    word(144, SETS, "offset of sets");
    word(152, SLOTS, "offset of slots");
    word(160, BLOCK_WORDS, "offset of block words");
    word(168, BLOCKS, "offset of blocks");
    word(176, 4, "length of the key codec's name");
    text(184, "utf8", "the key codec's name");
    word(224, 5, "length of the value codec's name");
    text(232, "bytes", "the value codec's name");
    CRC32C crc = new CRC32C();
    crc.update(region.slice(0, 1016));
    word(1016, crc.getValue(), "CRC");
    word(1024, 1, "ready");
    word(2048, 17, "hand");
  }

  private void slot(int slot, long word, String key, String value, long expires, long first) {
    int at = SLOTS + slot * 64;
    String name = "slot %d: ".formatted(slot);
    word(at, word, name + "LIVE");
    word(at + 8, hash(key), name + "hash of " + key);
    word(at + 16, (long) value.length() << 32 | key.length(), name + "lengths");
    word(at + 24, expires, name + "expires at");
    word(at + 32, first, name + "first block + 1, and how many follow it in a row");
    word(at + 40, 2, name + "frequency");
  }

  private void cell(int slot, String key, long generation) {
    long hash = hash(key);
    int at = SETS + (int) (hash & 1) * 64 + slot * 8;
    word(
        at,
        generation << 32 | hash >>> 56 << 24 | (slot + 1),
        "set %d, cell %d: slot %d".formatted(hash & 1, slot, slot));
  }

  private void block(int block, long owner, long next, String what) {
    word(BLOCK_WORDS + block * 16, owner, "block %d: ".formatted(block) + what);
    word(BLOCK_WORDS + block * 16 + 8, next, "block %d: next".formatted(block));
  }

  private static long hash(String key) {
    long hash = SEED ^ key.length() * 0x9e3779b97f4a7c15L;
    ByteBuffer padded = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    padded.put(key.getBytes(StandardCharsets.UTF_8));
    for (int at = 0; at < key.length(); at += 8) {
      hash = (hash ^ padded.getLong(at)) * 0xff51afd7ed558ccdL;
      hash ^= hash >>> 32;
    }
    hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
    hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
    return hash ^ hash >>> 33;
  }

  private byte[] bytes() {
    byte[] bytes = new byte[BYTES];
    region.get(0, bytes);
    return bytes;
  }

  @Test
  void goldenFile_asTheTablesSay_isWhatIsThere() throws IOException {
    write();
    Path bin = GOLDEN.resolve("shared-cache-1.0.bin");
    Path json = GOLDEN.resolve("shared-cache-1.0.json");
    String listed = "[\n" + String.join(",\n", fields) + "\n]\n";
    if (System.getProperty("holdfast.golden", "").equals("write")) {
      Files.write(bin, bytes());
      Files.writeString(json, listed);
    }
    assertThat(Files.readAllBytes(bin)).isEqualTo(bytes());
    assertThat(Files.readString(json)).isEqualTo(listed);
  }

  @Test
  void goldenFile_readByOurCode_saysWhatItHolds() throws IOException {
    Words words = new HeapWords(BYTES);
    words.setBytes(0, Files.readAllBytes(GOLDEN.resolve("shared-cache-1.0.bin")));
    CacheHeader header = CacheHeader.read(words, "golden");
    assertThat(header)
        .isEqualTo(
            new CacheHeader(
                new CacheGeometry(BYTES, 64, 2, 4, 8, 32, 64),
                60_000_000_000L,
                99,
                1_700_000_000_000_000_000L,
                SEED,
                "utf8",
                "bytes"));
    HeapWords again = new HeapWords(BYTES);
    header.writeTo(again);
    assertThat(again.getBytes(0, 1032)).isEqualTo(words.getBytes(0, 1032));

    EntryTable table =
        new EntryTable(
            new CacheMemory(words, header.geometry(), header.hashSeed()),
            0,
            () -> Set.of(3L << 16),
            () -> 1_000);
    assertThat(table.usage()).isEqualTo(new SharedCacheUsage(BYTES, 2, 4, 52, 4 * 32, 8 * 32, 1));
    assertThat(Tables.get(table, "frame-42")).isEqualTo(VALUE);
    assertThat(Tables.text(table.get(4L << 32 | 1))).isEqualTo(VALUE);
    assertThat(Tables.get(table, "old")).isNull();
    assertThat(table.seats().recoverDead()).isEqualTo(1);
    assertThat(table.usage().filling()).isZero();
    assertThat(SharedCacheStats.of(table.seats()))
        .isEqualTo(new SharedCacheStats(14, 1, 0, 0, 0, 0, 0, 1, 1));
  }
}
