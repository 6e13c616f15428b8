package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of docs/layout/locks.md against the constants, row by row, both ways. */
class LockLayoutDocumentTest {
  private static final Path DOCUMENT =
      Path.of(System.getProperty("holdfast.root", "..")).resolve("docs/layout/locks.md");
  private static final Pattern ROW = Pattern.compile("\\| *([^|]+?) *\\| *([^|]+?) *\\|.*");

  /** A table below a heading: its first column, and what the second one starts with. */
  record Table(String heading, Map<String, String> rows) {
    @Override
    public String toString() {
      return heading;
    }
  }

  static Stream<Table> tables() {
    return Stream.of(header(), waitWord(), contexts(), locks(), placedLocks(), undoRecord());
  }

  @ParameterizedTest
  @MethodSource("tables")
  void table_everyRow_isAConstant(Table table) throws IOException {
    Map<String, String> found = table(table.heading);
    assertThat(found.keySet()).containsExactlyElementsOf(table.rows.keySet());
    table.rows.forEach((first, text) -> assertThat(found.get(first)).startsWith(text));
  }

  private static Table header() {
    Map<String, String> wanted = new LinkedHashMap<>();
    put(wanted, SegmentLayout.MAGIC_AT, "magic: the bytes `HFLOCKS1`");
    put(wanted, SegmentLayout.MAJOR_AT, "layout major = " + SegmentLayout.MAJOR);
    put(wanted, SegmentLayout.MINOR_AT, "layout minor = " + SegmentLayout.MINOR);
    put(wanted, SegmentLayout.BYTES_AT, "exact size");
    put(wanted, SegmentLayout.INCARNATION_AT, "incarnation");
    put(wanted, SegmentLayout.PARTICIPANTS_AT, "participants");
    put(
        wanted,
        SegmentLayout.CONTEXTS_AT,
        "contexts: capacity, %d–%d"
            .formatted(SegmentLayout.CONTEXTS_MIN, SegmentLayout.CONTEXTS_MAX));
    put(wanted, SegmentLayout.LOCKS_AT, "locks: capacity, 1–" + SegmentLayout.LOCKS_MAX);
    put(
        wanted,
        SegmentLayout.CELLS_AT,
        "cells: capacity, %d–%d".formatted(SegmentLayout.CELLS_MIN, SegmentLayout.CELLS_MAX));
    put(wanted, SegmentLayout.DOORBELLS_START_AT, "start of doorbells");
    put(wanted, SegmentLayout.WAITS_START_AT, "start of waits");
    put(wanted, SegmentLayout.CONTEXTS_START_AT, "start of contexts");
    put(wanted, SegmentLayout.LOCKS_START_AT, "start of locks");
    put(wanted, SegmentLayout.CELLS_START_AT, "start of cells");
    put(wanted, SegmentLayout.CRC_AT, "CRC of bytes 0–" + (SegmentLayout.CRC_AT - 1));
    put(wanted, SegmentLayout.READY_AT, "ready");
    put(wanted, SegmentLayout.HIGH_CONTEXT, "high context");
    put(wanted, SegmentLayout.HIGH_LOCK, "high lock");
    put(wanted, SegmentLayout.TOKEN_FLOOR, "token floor");
    put(wanted, SegmentLayout.DEADLOCKS_BROKEN, "deadlocks broken");
    put(wanted, SegmentLayout.OWNERS_DIED, "lock owners found dead");
    put(wanted, SegmentLayout.TICKETS, "transaction tickets");
    put(wanted, SegmentLayout.HIGH_PARTICIPANT, "high participant");
    return new Table("## Header: bytes 0–" + (SegmentLayout.BYTES - 1), wanted);
  }

  @Test
  void tables_everyStride_isAConstant() throws IOException {
    assertThat(Files.readString(DOCUMENT))
        .contains("Tables start on multiples of %d ".formatted(SegmentLayout.ALIGNMENT))
        .contains(
            "Defaults: %d contexts, %d locks, %d cells."
                .formatted(
                    LockSizes.DEFAULT.contexts(),
                    LockSizes.DEFAULT.locks(),
                    LockSizes.DEFAULT.cells()))
        .contains("| doorbells | participants | %d |".formatted(SegmentLayout.DOORBELL_STRIDE))
        .contains("| waits | contexts | %d |".formatted(Long.BYTES))
        .contains("| contexts | contexts | %d |".formatted(ContextLayout.BYTES))
        .contains("| locks | locks | %d |".formatted(LockLayout.BYTES))
        .contains("| cells | cells | %d |".formatted(Long.BYTES));
  }

  @Test
  void ownerWord_everyBit_isWhereTheCodeLooks() throws IOException {
    assertThat(table("## Owner word").keySet()).contains("0–47", "48–60", "61 X", "62 D", "63 W");
    assertThat(OwnerWord.EXCLUSIVE).isEqualTo(1L << 61);
    assertThat(OwnerWord.DIED).isEqualTo(1L << 62);
    assertThat(OwnerWord.WAITERS).isEqualTo(1L << 63);
    assertThat(OwnerWord.NOT_RECOVERABLE).isEqualTo(0x1FFFL << 48);
    assertThat(OwnerWord.identity(7L << 16 | 2, 4)).isEqualTo(5L << 48 | 7L << 16 | 2);
  }

  private static Table waitWord() {
    Map<String, String> wanted = new LinkedHashMap<>();
    wanted.put(WaitWord.EXCLUSIVE + " EXCLUSIVE", "a mutex");
    wanted.put(WaitWord.UPDATE + " UPDATE", "a read-write lock for update");
    wanted.put(WaitWord.READ + " READ", "a read-write lock for reading");
    wanted.put(WaitWord.PERMIT + " PERMIT", "permits");
    wanted.put(WaitWord.CONDITION + " CONDITION", "a signal");
    wanted.put(WaitWord.DRAIN + " DRAIN", "owns the word with X");
    return new Table("## Wait word", wanted);
  }

  @Test
  void waitWord_everyBit_isWhereTheCodeLooks() {
    assertThat(WaitWord.GRANTED).isEqualTo(1L << 63);
    assertThat(WaitWord.PLACED).isEqualTo(1L << 62);
    assertThat(WaitWord.of(3, WaitWord.PERMIT)).isEqualTo(4L << 58 | 3);
  }

  private static Table contexts() {
    Map<String, String> wanted = new LinkedHashMap<>();
    put(wanted, ContextLayout.OWNER, "participant handle");
    put(wanted, ContextLayout.PARK, "park");
    put(wanted, ContextLayout.SEQUENCE, "wait sequence");
    put(wanted, ContextLayout.SINCE, "waiting since");
    put(wanted, ContextLayout.PRIORITY, "priority: 0 low, 1 normal, 2 high, 3 critical");
    put(wanted, ContextLayout.AMOUNT, "amount");
    put(wanted, ContextLayout.CANCEL, "cancel");
    put(wanted, ContextLayout.TICKET, "transaction ticket");
    put(wanted, ContextLayout.DEADLINE, "deadline");
    put(wanted, ContextLayout.VICTIMS, "victim how often");
    put(wanted, ContextLayout.THREAD, "thread");
    put(wanted, ContextLayout.LABEL_LENGTH, "length of label");
    put(wanted, ContextLayout.LABEL, "label: %d bytes".formatted(ContextLayout.LABEL_BYTES_MAX));
    put(wanted, ContextLayout.HELD, "held, %d words".formatted(ContextLayout.HELD_MAX));
    return new Table("## Contexts, %d bytes".formatted(ContextLayout.BYTES), wanted);
  }

  @Test
  void contexts_sizesAndBits_areConstants() {
    assertThat(ContextLayout.HELD + ContextLayout.HELD_MAX * Long.BYTES)
        .isEqualTo(ContextLayout.BYTES);
    assertThat(ContextLayout.PARK_HERE | ContextLayout.PARK_ELSEWHERE).isEqualTo(0b11);
    assertThat(ContextLayout.PARK_SIGNALLED).isEqualTo(0b100);
  }

  private static Table locks() {
    Map<String, String> wanted = new LinkedHashMap<>();
    put(wanted, LockLayout.WORD, "owner word");
    put(wanted, LockLayout.TOKEN, "token");
    put(wanted, LockLayout.FAIR_AT, "fair at");
    put(wanted, LockLayout.HELD_SINCE, "held since");
    put(wanted, LockLayout.HELD_SINCE_TOKEN, "token for which");
    put(wanted, LockLayout.UNDO_LENGTH, "undo");
    put(wanted, LockLayout.STATE, "state: bits 0–7 0 FREE, 1 LIVE; bits 32–63 generation");
    put(wanted, LockLayout.KIND, "kind: 1 mutex, 2 read-write lock, 3 semaphore, 4 condition");
    put(wanted, LockLayout.OPTIONS, "options: bit 0 strictly fair, bit 1 read-biased");
    put(wanted, LockLayout.FIRST_CELL, "first cell");
    put(wanted, LockLayout.CELLS, "cells");
    put(wanted, LockLayout.CREATED, "created at");
    put(wanted, LockLayout.MUTEX, "condition: the index of its mutex");
    put(wanted, LockLayout.CRC, "CRC of bytes 72–119 and 128–255");
    put(wanted, LockLayout.NAME_LENGTH, "length of name");
    put(wanted, LockLayout.NAME, "name, %d bytes".formatted(LockLayout.NAME_BYTES_MAX));
    put(wanted, LockLayout.CONTENDED, "contended acquisitions");
    put(wanted, LockLayout.HAND_OVERS, "hand-overs");
    put(wanted, LockLayout.OWNERS_DIED, "owners died");
    put(wanted, LockLayout.VICTIMS, "deadlock victims");
    put(wanted, LockLayout.TIME_OUTS, "time-outs");
    put(wanted, LockLayout.WAIT_NANOS, "wait time, nanoseconds");
    put(wanted, LockLayout.HOLD_NANOS, "hold time of the sampled holds");
    put(wanted, LockLayout.HOLDS_SAMPLED, "sampled holds");
    put(wanted, LockLayout.WAIT_TIMES, "wait times, %d words".formatted(LockLayout.BUCKETS));
    put(
        wanted,
        LockLayout.HOLD_TIMES,
        "hold times of the sampled holds, %d words".formatted(LockLayout.BUCKETS));
    put(wanted, LockLayout.OPENERS, "openers, 16 words");
    return new Table("## Locks, %d bytes".formatted(LockLayout.BYTES), wanted);
  }

  @Test
  void locks_statesKindsAndOptions_areConstants() {
    assertThat(LockLayout.OPENERS + 16 * Long.BYTES).isEqualTo(LockLayout.BYTES);
    assertThat(LockLayout.state(LockLayout.STATE_LIVE, 3)).isEqualTo(3L << 32 | 1);
    assertThat(List.of(LockKind.values()))
        .extracting(LockKind::code)
        .containsExactly(1L, 2L, 3L, 4L);
    assertThat(LockLayout.OPTION_FAIR).isEqualTo(1);
    assertThat(LockLayout.OPTION_READ_BIASED).isEqualTo(1 << 1);
    assertThat(List.of(Priority.values()))
        .extracting(Priority::level)
        .containsExactly(0L, 1L, 2L, 3L);
  }

  private static Table placedLocks() {
    Map<String, String> wanted = new LinkedHashMap<>();
    put(wanted, LockLayout.WORD, "owner word");
    put(wanted, LockLayout.TOKEN, "token");
    put(wanted, LockLayout.FAIR_AT, "fair at");
    put(wanted, LockLayout.HELD_SINCE, "held since");
    put(wanted, LockLayout.HELD_SINCE_TOKEN, "token for which");
    put(
        wanted,
        PlacedLayout.MAGIC,
        "magic: the bytes `HFLOCK` in the low 48 bits, kind in bits 48–55, options in bits 56–63");
    put(
        wanted,
        PlacedLayout.SIZE,
        "bits 0–15: cells that name owners; 16–31: cells of the undo record");
    put(wanted, PlacedLayout.LIFE, "life");
    return new Table(
        "## Locks placed in a region, %d bytes each".formatted(PlacedLayout.BYTES), wanted);
  }

  @Test
  void placedLocks_magicSizeLifeAndKey_arePackedAsWritten() throws IOException {
    assertThat(PlacedLayout.magic(LockKind.SEMAPHORE, 1)).isEqualTo(0x0103_4B43_4F4C_4648L);
    assertThat(PlacedLayout.size(3, 5)).isEqualTo(5 << 16 | 3);
    assertThat(Files.readString(DOCUMENT)).contains("× `0x9E3779B97F4A7C15`");
    assertThat(PlacedLayout.life(7, 1)).isEqualTo(0x9E37_79B9_7F4A_7C15L ^ 7);
    assertThat(WaitWord.key(3, 128)).isEqualTo(1L << 62 | 3L << 42 | 2);
  }

  private static Table undoRecord() {
    Map<String, String> wanted = new LinkedHashMap<>();
    wanted.put(Long.toString(UndoRecord.PLAIN), "bytes whose meaning");
    wanted.put(
        Long.toString(UndoRecord.RANGES), "ranges, each: the region's handle, offset, length");
    return new Table("## Undo record", wanted);
  }

  private static void put(Map<String, String> rows, int offset, String text) {
    rows.put(Integer.toString(offset), text);
  }

  /** The rows of the first table below a heading: first column → second. */
  private static Map<String, String> table(String heading) throws IOException {
    Map<String, String> rows = new LinkedHashMap<>();
    Files.readAllLines(DOCUMENT).stream()
        .dropWhile(line -> !line.startsWith(heading))
        .dropWhile(line -> !line.startsWith("|"))
        .takeWhile(line -> line.startsWith("|"))
        .skip(2) // the table's own heading
        .map(ROW::matcher)
        .filter(Matcher::matches)
        .forEach(row -> rows.put(row.group(1), row.group(2)));
    return rows;
  }
}
