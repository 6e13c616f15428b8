package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tables of docs/layout/control-segment.md against the constants, row by row, both ways. */
class LayoutDocumentTest {
  private static final Path DOCUMENT =
      Path.of(System.getProperty("holdfast.root", "..")).resolve("docs/layout/control-segment.md");
  private static final Pattern ROW = Pattern.compile("\\| *(\\d+)\\b[^|]*\\| *([^|]+?) *\\|.*");

  @Test
  void header_everyRow_isAConstant() throws IOException {
    Map<Integer, String> wanted = new LinkedHashMap<>();
    wanted.put(HeaderLayout.MAGIC_AT, "magic");
    wanted.put(HeaderLayout.MAJOR_AT, "layout major = " + HeaderLayout.MAJOR);
    wanted.put(HeaderLayout.MINOR_AT, "layout minor = " + HeaderLayout.MINOR);
    wanted.put(HeaderLayout.REQUIRED_FEATURES_AT, "required features");
    wanted.put(HeaderLayout.OPTIONAL_FEATURES_AT, "optional features");
    wanted.put(HeaderLayout.BYTE_ORDER_AT, "byte order mark 0x0102030405060708");
    wanted.put(HeaderLayout.BYTES_AT, "exact size");
    wanted.put(HeaderLayout.BOOT_ID_AT, "boot id, first");
    wanted.put(HeaderLayout.BOOT_ID_LOW_AT, "boot id, last");
    wanted.put(HeaderLayout.INCARNATION_AT, "incarnation");
    wanted.put(HeaderLayout.CREATED_AT, "created at");
    wanted.put(
        HeaderLayout.PARTICIPANTS_AT,
        "participants: capacity, a multiple of 64, 64–" + HeaderLayout.PARTICIPANTS_MAX);
    wanted.put(HeaderLayout.REGIONS_AT, "regions: capacity, 1–" + HeaderLayout.REGIONS_MAX);
    wanted.put(
        HeaderLayout.EVENTS_AT,
        "events: capacity, a power of two, %d–%d"
            .formatted(HeaderLayout.EVENTS_MIN, HeaderLayout.EVENTS_MAX));
    wanted.put(
        HeaderLayout.SECTION_COUNT_AT,
        "section count (at most %d)".formatted(HeaderLayout.SECTIONS_MAX));
    wanted.put(HeaderLayout.NAME_LENGTH_AT, "length of the space's name");
    wanted.put(
        HeaderLayout.NAME_AT, "the space's name, %d bytes".formatted(HeaderLayout.NAME_BYTES_MAX));
    wanted.put(HeaderLayout.NAME_AT + HeaderLayout.NAME_BYTES_MAX, "reserved");
    wanted.put(HeaderLayout.SECTIONS_AT, "section i: kind, offset, count, stride (4 words)");
    wanted.put(
        HeaderLayout.SECTIONS_AT + HeaderLayout.SECTIONS_MAX * HeaderLayout.SECTION_STRIDE,
        "reserved up to " + HeaderLayout.CRC_AT);
    wanted.put(HeaderLayout.CRC_AT, "CRC of bytes 0–" + (HeaderLayout.CRC_AT - 1));
    wanted.put(HeaderLayout.READY_AT, "ready");
    assertRows("## Header: bytes 0–" + (HeaderLayout.BYTES - 1), 0, wanted);
  }

  @Test
  void sections_everyRow_isWhatGeometryComputes() throws IOException {
    Map<Integer, String> rows = table("## Header", 1);
    assertThat(rows)
        .containsExactly(
            Map.entry(HeaderLayout.SECTION_CATALOG, "catalog"),
            Map.entry(HeaderLayout.SECTION_PARTICIPANTS, "participants"),
            Map.entry(HeaderLayout.SECTION_STATES, "region states"),
            Map.entry(HeaderLayout.SECTION_NAMES, "region names"),
            Map.entry(HeaderLayout.SECTION_LEDGER, "ledger"),
            Map.entry(HeaderLayout.SECTION_REGIONS, "regions"),
            Map.entry(HeaderLayout.SECTION_EVENTS, "events"));
    String text = Files.readString(DOCUMENT);
    assertThat(text)
        .contains("| 1 | catalog | 1 | %d |".formatted(CatalogLayout.BYTES))
        .contains("| 2 | participants | participants | %d |".formatted(ParticipantLayout.BYTES))
        .contains("| 3 | region states | regions | 8 |")
        .contains("| 4 | region names | regions | 8 |")
        .contains("| 5 | ledger | regions | participants / 8, rounded up to 64 |")
        .contains("| 6 | regions | regions | %d |".formatted(RegionLayout.BYTES))
        .contains("| 7 | events | events | %d |".formatted(EventLayout.BYTES));
  }

  @Test
  void catalog_everyRow_isAConstant() throws IOException {
    Map<Integer, String> wanted = new LinkedHashMap<>();
    wanted.put(CatalogLayout.ACTOR, "actor");
    wanted.put(CatalogLayout.HIGH_SLOT, "high slot");
    wanted.put(CatalogLayout.REGIONS_IN_USE, "regions in use");
    wanted.put(CatalogLayout.BYTES_IN_USE, "bytes in use");
    wanted.put(CatalogLayout.LIMIT_SPACE_BYTES, "limit: bytes of the space");
    wanted.put(CatalogLayout.LIMIT_REGION_BYTES, "limit: bytes of one region");
    wanted.put(CatalogLayout.LIMIT_PARTICIPANT_BYTES, "limit: bytes of the regions that one");
    wanted.put(CatalogLayout.LIMIT_REGIONS, "limit: regions");
    wanted.put(CatalogLayout.LIMIT_PARTICIPANTS, "limit: participants");
    wanted.put(CatalogLayout.SWEEP_INTERVAL_NANOS, "sweep interval");
    wanted.put(CatalogLayout.EVENTS_RECORDED, "events ever recorded");
    wanted.put(CatalogLayout.LAST_SWEEP, "last sweep");
    wanted.put(CatalogLayout.SWEEPS, "sweeps");
    wanted.put(CatalogLayout.RECOVERIES, "participants recovered");
    wanted.put(CatalogLayout.JOINS, "joins");
    wanted.put(CatalogLayout.RECLAIMED, "regions reclaimed");
    wanted.put(CatalogLayout.UNDONE, "regions undone");
    assertRows("## Catalog", 0, wanted);
  }

  @Test
  void participants_everyRow_isAConstant() throws IOException {
    Map<Integer, String> wanted = new LinkedHashMap<>();
    wanted.put(ParticipantLayout.WORD, "word: bits 0–31 state (0 FREE, 1 LIVE)");
    wanted.put(ParticipantLayout.PID, "pid");
    wanted.put(ParticipantLayout.START_TIME, "process start time");
    wanted.put(ParticipantLayout.PID_NAMESPACE, "inode of its PID namespace");
    wanted.put(ParticipantLayout.UID, "uid");
    wanted.put(ParticipantLayout.JOINED, "joined at");
    wanted.put(ParticipantLayout.KIND, "kind: %d Java, 2 Python".formatted(Participants.KIND_JAVA));
    wanted.put(ParticipantLayout.BYTES_IN_USE, "bytes in use");
    wanted.put(64, "reserved");
    wanted.put(ParticipantLayout.LABEL_LENGTH, "length of label");
    wanted.put(
        ParticipantLayout.LABEL, "label, %d bytes".formatted(ParticipantLayout.LABEL_BYTES_MAX));
    assertRows("## Participants, %d bytes".formatted(ParticipantLayout.BYTES), 0, wanted);
  }

  @Test
  void states_everyRow_isAConstant() throws IOException {
    Map<Integer, String> wanted = new LinkedHashMap<>();
    wanted.put(StateWord.FREE, "no region");
    wanted.put(StateWord.CREATING, "being made");
    wanted.put(StateWord.LIVE, "can be held");
    wanted.put(StateWord.RECLAIMING, "the actor looks whether");
    assertRows("## Region states", 0, wanted);
  }

  @Test
  void regions_everyRow_isAConstant() throws IOException {
    Map<Integer, String> wanted = new LinkedHashMap<>();
    wanted.put(RegionLayout.SIZE, "bytes: exact size");
    wanted.put(
        RegionLayout.BACKING,
        "backing: %d SHM, %d FILE".formatted(RegionLayout.BACKING_SHM, RegionLayout.BACKING_FILE));
    wanted.put(
        RegionLayout.POLICY,
        "policy: %d automatic, %d manual, %d reference-counted"
            .formatted(
                RegionLayout.POLICY_AUTOMATIC,
                RegionLayout.POLICY_MANUAL,
                RegionLayout.POLICY_REFERENCE_COUNTED));
    wanted.put(RegionLayout.POLICY_NANOS, "policy nanoseconds");
    wanted.put(RegionLayout.PERMISSIONS, "permissions");
    wanted.put(
        RegionLayout.OPTIONS,
        "options: bit 0 zero before give-back, bit 1 the file is ours to delete, bits 8–15 on owner death: 0 keep, 1 retire, 2 reset");
    wanted.put(RegionLayout.CREATED, "created at");
    wanted.put(RegionLayout.OWNER, "owner: participant handle");
    wanted.put(RegionLayout.OWNER_PID, "owner's pid");
    wanted.put(RegionLayout.OWNER_UID, "owner's uid");
    wanted.put(RegionLayout.HANDLE, "region handle");
    wanted.put(RegionLayout.NAME_LENGTH, "length of name");
    wanted.put(RegionLayout.PATH_LENGTH, "length of path");
    wanted.put(RegionLayout.METADATA_LENGTH, "length of metadata");
    wanted.put(112, "reserved");
    wanted.put(RegionLayout.CRC, "CRC of bytes 0–119 and 256–1023");
    wanted.put(RegionLayout.LAST_ACCESS, "last access");
    wanted.put(RegionLayout.OPENS, "opens");
    wanted.put(RegionLayout.WRITABLE_OPENS, "writable opens");
    wanted.put(RegionLayout.UNHELD_SINCE, "unheld since");
    wanted.put(RegionLayout.CHECKSUM_HANDLE, "checksum taken: the region handle");
    wanted.put(RegionLayout.CHECKSUM, "checksum: CRC");
    wanted.put(RegionLayout.CHECKSUM_TAKEN, "checksum taken at");
    wanted.put(RegionLayout.FORCED, "forced");
    wanted.put(RegionLayout.FILE_MADE, "file made");
    wanted.put(RegionLayout.OWNER_DEATH_ACTED, "owner death acted");
    wanted.put(RegionLayout.NAME, "name, 128 bytes");
    wanted.put(
        RegionLayout.PATH,
        "absolute path of a FILE region, %d bytes".formatted(RegionLayout.PATH_BYTES_MAX));
    wanted.put(
        RegionLayout.METADATA, "metadata, %d bytes".formatted(RegionLayout.METADATA_BYTES_MAX));
    assertRows("## Regions, %d bytes".formatted(RegionLayout.BYTES), 0, wanted);
    assertThat(RegionLayout.MUTABLE_END).isEqualTo(RegionLayout.NAME);
    assertThat(RegionLayout.OPTION_ZERO).isEqualTo(1);
    assertThat(RegionLayout.OPTION_DELETE_FILE).isEqualTo(1 << 1);
    assertThat(OwnerDeath.RESET.toOptions()).isEqualTo(2 << 8);
  }

  @Test
  void events_everyRow_isAConstant() throws IOException {
    Map<Integer, String> wanted = new LinkedHashMap<>();
    wanted.put(EventLayout.SEQUENCE, "sequence");
    wanted.put(EventLayout.AT, "at (epoch)");
    wanted.put(EventLayout.KIND, "kind");
    wanted.put(EventLayout.ACTOR, "actor");
    wanted.put(EventLayout.REGION, "region handle");
    wanted.put(EventLayout.VALUE, "value");
    wanted.put(EventLayout.ACTOR_PID, "actor's pid");
    wanted.put(EventLayout.TEXT_LENGTH, "length of text");
    wanted.put(EventLayout.TEXT, "text, %d bytes".formatted(EventLayout.TEXT_BYTES_MAX));
    wanted.put(EventLayout.CRC, "CRC of bytes 8–119");
    assertRows("## Events, %d bytes".formatted(EventLayout.BYTES), 0, wanted);
  }

  @Test
  void eventKinds_everyRow_isAKind() throws IOException {
    Map<Integer, String> rows = table("## Events", 1);
    assertThat(rows).hasSize(SpaceEvent.Kind.values().length);
    for (SpaceEvent.Kind kind : SpaceEvent.Kind.values()) {
      assertThat(rows).containsKey((int) kind.code());
      assertThat(SpaceEvent.Kind.of(kind.code())).contains(kind);
    }
  }

  private static void assertRows(String heading, int nth, Map<Integer, String> wanted)
      throws IOException {
    Map<Integer, String> rows = table(heading, nth);
    assertThat(rows.keySet()).containsExactlyElementsOf(wanted.keySet());
    wanted.forEach((offset, text) -> assertThat(rows.get(offset)).as(heading).startsWith(text));
  }

  /** The rows of the n-th table below a heading: first column's number → second column. */
  private static Map<Integer, String> table(String heading, int nth) throws IOException {
    List<String> lines = Files.readAllLines(DOCUMENT);
    int at = 0;
    while (!lines.get(at).startsWith(heading)) {
      at++;
    }
    Map<Integer, String> rows = new LinkedHashMap<>();
    int tables = -1;
    boolean inside = false;
    for (String line : lines.subList(at + 1, lines.size())) {
      if (line.startsWith("## ")) {
        break;
      }
      if (line.startsWith("|") && !inside) {
        tables++;
      }
      inside = line.startsWith("|");
      Matcher row = ROW.matcher(line);
      if (tables == nth && row.matches()) {
        rows.put(Integer.valueOf(row.group(1)), row.group(2));
      }
    }
    return rows;
  }
}
