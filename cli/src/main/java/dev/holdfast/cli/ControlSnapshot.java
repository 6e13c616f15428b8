package dev.holdfast.cli;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A private copy of a space's control segment, taken from outside: nothing is joined, locked or
 * changed, so what others were in the middle of may be seen half done. Reads a damaged segment as
 * far as that can be done safely.
 */
final class ControlSnapshot {
  private final ByteBuffer bytes;
  private final IntPredicate alive;
  private final Map<Integer, Section> sections = new TreeMap<>();
  private final Optional<String> damage;

  /** A table of the segment. */
  record Section(int kind, long offset, long count, long stride) {}

  /** A row of the participant table that is not free. */
  record Participant(int slot, boolean alive, Map<String, Long> fields, String label) {
    long generation() {
      return fields.getOrDefault("word", 0L) >>> 32;
    }

    long pid() {
      return fields.getOrDefault("pid", 0L);
    }

    long handle() {
      return generation() << 16 | slot;
    }
  }

  private ControlSnapshot(ByteBuffer bytes, IntPredicate alive) {
    this.bytes = bytes;
    this.alive = alive;
    this.damage = readSections();
  }

  /** Of that space; empty if it has no control segment. */
  static Optional<ControlSnapshot> take(Platform platform, SpaceRoot root, String space) {
    Optional<byte[]> copy = copy(platform, root.control(space));
    if (copy.isEmpty()) {
      return Optional.empty();
    }
    if (platform.statusOf(root.live(space)) == null) {
      return copy.map(bytes -> new ControlSnapshot(buffer(bytes), _ -> false));
    }
    Descriptor live = platform.openFile(root.live(space), Access.READ_ONLY, Creation.OPEN, 0);
    try {
      return copy.map(bytes ->
          new ControlSnapshot(buffer(bytes), slot -> platform.isLockedByOther(live, slot, 1))
              .settled());
    } finally {
      platform.close(live);
    }
  }

  /** Of an object whose space is not known: nobody in it is known to live. */
  static Optional<ControlSnapshot> takeObject(Platform platform, String object) {
    return copy(platform, object).map(bytes -> new ControlSnapshot(buffer(bytes), _ -> false));
  }

  /** What is wrong with the header; the tables are not read then. */
  Optional<String> damage() {
    return damage;
  }

  /** The space's name as the header has it; cut where it cannot be right. */
  String space() {
    return text(ControlLayout.NAME, header().get("nameLength"), ControlLayout.NAME_BYTES);
  }

  Map<String, Long> header() {
    return fields(0, ControlLayout.HEADER);
  }

  boolean isReady() {
    return bytes.getLong(ControlLayout.READY) == 1;
  }

  List<Section> sections() {
    return List.copyOf(sections.values());
  }

  Map<String, Long> catalog() {
    return damage.isPresent()
        ? Map.of()
        : fields(at(ControlLayout.CATALOG_SECTION, 0), ControlLayout.CATALOG);
  }

  List<Participant> participants() {
    List<Participant> participants = new ArrayList<>();
    for (int slot = 0; slot < count(ControlLayout.PARTICIPANT_SECTION); slot++) {
      int at = at(ControlLayout.PARTICIPANT_SECTION, slot);
      if ((bytes.getLong(at) & 0xFFFF_FFFFL) != 0) {
        participants.add(
            new Participant(
                slot,
                alive.test(slot),
                fields(at, ControlLayout.PARTICIPANT),
                text(
                    at + ControlLayout.PARTICIPANT_LABEL,
                    bytes.getLong(at + ControlLayout.PARTICIPANT_LABEL_LENGTH),
                    ControlLayout.PARTICIPANT_LABEL_BYTES)));
      }
    }
    return participants;
  }

  List<RegionRow> regions() {
    List<RegionRow> regions = new ArrayList<>();
    for (int slot = 0; slot < count(ControlLayout.STATE_SECTION); slot++) {
      long state = bytes.getLong(at(ControlLayout.STATE_SECTION, slot));
      if ((state & 0xFF) != RegionRow.FREE) {
        regions.add(region(slot, state));
      }
    }
    return regions;
  }

  // ---- reading ---------------------------------------------------------------------------------

  private RegionRow region(int slot, long state) {
    int at = at(ControlLayout.REGION_SECTION, slot);
    Map<String, Long> fields = fields(at, ControlLayout.REGION);
    return new RegionRow(
        slot,
        state,
        bytes.getLong(at(ControlLayout.NAME_SECTION, slot)),
        row(slot),
        fields,
        text(
            at + ControlLayout.REGION_NAME,
            fields.get("nameLength"),
            ControlLayout.REGION_NAME_BYTES),
        text(
            at + ControlLayout.REGION_PATH,
            fields.get("pathLength"),
            ControlLayout.REGION_PATH_BYTES));
  }

  private List<Integer> row(int slot) {
    int at = at(ControlLayout.LEDGER_SECTION, slot);
    List<Integer> holders = new ArrayList<>();
    for (int participant = 0;
        participant < count(ControlLayout.PARTICIPANT_SECTION);
        participant++) {
      long word = bytes.getLong(at + participant / Long.SIZE * Long.BYTES);
      if ((word >>> participant % Long.SIZE & 1) == 1) {
        holders.add(participant);
      }
    }
    return holders;
  }

  private Map<String, Long> fields(int at, List<String> names) {
    Map<String, Long> fields = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      fields.put(names.get(i), bytes.getLong(at + i * Long.BYTES));
    }
    return fields;
  }

  private String text(int at, @Nullable Long length, int most) {
    int safe = length == null ? 0 : Math.clamp(length, 0, most);
    byte[] copy = new byte[safe];
    bytes.get(at, copy);
    return new String(copy, StandardCharsets.UTF_8);
  }

  private int at(int kind, int index) {
    Section section = section(kind);
    return (int) (section.offset() + index * section.stride());
  }

  private int count(int kind) {
    return damage.isPresent() ? 0 : (int) section(kind).count();
  }

  private Section section(int kind) {
    Section section = sections.get(kind);
    if (section == null) {
      throw new IllegalStateException("checked when the snapshot was taken: section=" + kind);
    }
    return section;
  }

  // ---- checking --------------------------------------------------------------------------------

  /** Reads the table of sections; what is wrong with it or the header, if anything. */
  private Optional<String> readSections() {
    Map<String, Long> header = header();
    if (header.getOrDefault("magic", 0L) != ControlLayout.MAGIC) {
      return Optional.of("the magic is wrong");
    }
    if (bytes.getLong(ControlLayout.CRC) != crc()) {
      return Optional.of("the header's checksum does not fit");
    }
    if (header.getOrDefault("layoutMajor", 0L) != ControlLayout.MAJOR) {
      return Optional.of("layout %d is not known".formatted(header.get("layoutMajor")));
    }
    long count = Math.clamp(header.getOrDefault("sections", 0L), 0, ControlLayout.SECTIONS_MAX);
    for (int i = 0; i < count; i++) {
      int at = ControlLayout.SECTION_TABLE + i * ControlLayout.SECTION_STRIDE;
      Section section =
          new Section(
              (int) bytes.getLong(at),
              bytes.getLong(at + 8),
              bytes.getLong(at + 16),
              bytes.getLong(at + 24));
      if (!fits(section)) {
        return Optional.of("section %d leaves the segment".formatted(section.kind()));
      }
      sections.put(section.kind(), section);
    }
    for (int kind = ControlLayout.CATALOG_SECTION; kind <= ControlLayout.EVENT_SECTION; kind++) {
      if (!sections.containsKey(kind)) {
        return Optional.of("section %d is missing".formatted(kind));
      }
    }
    return Optional.empty();
  }

  private boolean fits(Section section) {
    long room = bytes.capacity() - section.offset();
    return section.offset() >= 0
        && section.count() >= 0
        && section.stride() > 0
        && room >= 0
        && section.count() <= room / section.stride();
  }

  private long crc() {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(0, ControlLayout.CRC));
    return crc.getValue();
  }

  /** Asks for everybody's life now, while the liveness file is open. */
  private ControlSnapshot settled() {
    List<Integer> living =
        participants().stream().filter(Participant::alive).map(Participant::slot).toList();
    return new ControlSnapshot(bytes, living::contains);
  }

  private static ByteBuffer buffer(byte[] copy) {
    return ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder());
  }

  /** The object's bytes; empty if there is none, or it is too short for a header. */
  private static Optional<byte[]> copy(Platform platform, String object) {
    Descriptor descriptor;
    try {
      descriptor = platform.openShared(object, Access.READ_ONLY, Creation.OPEN, 0);
    } catch (SystemCallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
    try (Arena arena = Arena.ofConfined()) {
      long size = platform.status(descriptor).bytes();
      return size < ControlLayout.HEADER_BYTES
          ? Optional.empty()
          : Optional.of(
              platform
                  .map(descriptor, size, Access.READ_ONLY, arena)
                  .toArray(ValueLayout.JAVA_BYTE));
    } finally {
      platform.close(descriptor);
    }
  }
}
