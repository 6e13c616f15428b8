package dev.holdfast.resource.cache.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tables of docs/layout/shared-cache.md against the constants, both ways. */
class SharedCacheLayoutTest {
  private static final Path DOCUMENT =
      Path.of(System.getProperty("holdfast.root", "..")).resolve("docs/layout/shared-cache.md");
  private static final Pattern ROW = Pattern.compile("\\| (\\d+) \\| ([^|]+?) \\|");

  /** Offset to field, of the first table below a heading. */
  private static Map<Integer, String> table(String heading) throws IOException {
    List<String> lines = Files.readAllLines(DOCUMENT);
    int at = lines.indexOf(heading);
    assertThat(at).as(heading).isNotNegative();
    Map<Integer, String> rows = new TreeMap<>();
    for (String line : lines.subList(at + 1, lines.size())) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        rows.put(Integer.parseInt(row.group(1)), row.group(2));
      } else if (!rows.isEmpty() && !line.startsWith("|")) {
        return rows;
      }
    }
    return rows;
  }

  /** The values of a class's int constants that name an offset. */
  private static Set<Integer> offsets(Class<?> layout, String... without)
      throws IllegalAccessException {
    Set<Integer> offsets = new TreeSet<>();
    for (Field field : layout.getDeclaredFields()) {
      if (field.getType() == int.class
          && !java.lang.reflect.Modifier.isPrivate(field.getModifiers())
          && !List.of(without).contains(field.getName())) {
        offsets.add(field.getInt(null));
      }
    }
    return offsets;
  }

  @Test
  void header_everyRow_isAConstant() throws Exception {
    Map<Integer, String> rows = table("## Header: bytes 0–4095");
    assertThat(rows.keySet())
        .isEqualTo(offsets(CacheHeaderLayout.class, "BYTES", "CODEC_NAME_BYTES_MAX"));
    assertThat(rows.get(CacheHeaderLayout.MAGIC_AT)).contains(CacheHeaderLayout.MAGIC);
    assertThat(rows.get(CacheHeaderLayout.MAJOR_AT)).endsWith("= " + CacheHeaderLayout.MAJOR);
    assertThat(rows.get(CacheHeaderLayout.BLOCK_BYTES_AT))
        .contains(BlockLayout.BYTES_MIN + "–" + BlockLayout.BYTES_MAX);
    assertThat(rows.get(CacheHeaderLayout.KEY_CODEC_AT))
        .contains(CacheHeaderLayout.CODEC_NAME_BYTES_MAX + " bytes");
    assertThat(rows.get(CacheHeaderLayout.HAND_AT)).startsWith("hand");
  }

  @Test
  void seats_everyRow_isAConstant() throws Exception {
    assertThat(table("## Seats, %d bytes each".formatted(SeatLayout.BYTES)).keySet())
        .isEqualTo(offsets(SeatLayout.class, "BYTES"));
  }

  @Test
  void slots_everyRow_isAConstant() throws Exception {
    String heading = "## Slots, %d bytes each".formatted(SlotLayout.BYTES);
    assertThat(table(heading).keySet())
        .isEqualTo(offsets(SlotLayout.class, "BYTES", "FREE", "FILLING", "LIVE"));
    String text = Files.readString(DOCUMENT);
    List<String> states = new ArrayList<>(List.of("FREE", "FILLING", "LIVE"));
    for (int state = 0; state < states.size(); state++) {
      assertThat(text).contains("| %d %s |".formatted(state, states.get(state)));
    }
  }

  @Test
  void blockWords_everyRow_isAConstant() throws Exception {
    String heading = "## Block words, %d bytes a block".formatted(BlockLayout.WORDS_BYTES);
    assertThat(table(heading).keySet()).containsExactly(BlockLayout.OWNER, BlockLayout.NEXT);
  }

  @Test
  void bitFields_asDrawn_areWhatTheCodePacks() {
    long hash = 0xAB00_0000_0000_0000L;
    assertThat(CellLayout.cell(4, 0x9000_0001L, hash)).isEqualTo(0x9000_0001_AB00_0005L);
    assertThat(SlotLayout.filling(3, 7)).isEqualTo(3L << 32 | 8 << 16 | 1);
    assertThat(SlotLayout.live(3)).isEqualTo(3L << 32 | 2);
    assertThat(SlotLayout.lengths(5, 6)).isEqualTo(6L << 32 | 5);
    long first = SlotLayout.firstBlock(4, 6);
    assertThat(first).isEqualTo(6L << 32 | 5);
    assertThat(SlotLayout.block(first)).isEqualTo(4);
    assertThat(SlotLayout.row(first)).isEqualTo(7);
    assertThat(BlockLayout.owner(4, 3)).isEqualTo(3L << 32 | 5);
    assertThat(SlotLayout.nextGeneration(0xFFFF_FFFFL)).isEqualTo(1);
    assertThat(CellLayout.refersTo(CellLayout.EMPTY, 0, 0)).isFalse();
  }
}
