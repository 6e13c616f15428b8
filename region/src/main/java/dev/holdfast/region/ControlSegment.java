package dev.holdfast.region;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.ProcessIdentity;
import dev.holdfast.platform.Words;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A checked view of a space's control segment: its words and where each table's rows stand.
 *
 * <p><b>Sharing.</b> Any thread, any participant. The header is immutable once {@code ready} is 1;
 * what stands in the tables is checked by whoever reads it.
 *
 * <p><b>Crash points.</b> Only {@link #initialise} writes here, under the creation lock, and stores
 * {@code ready} last: a segment without it is thrown away by the next one in.
 */
final class ControlSegment {
  private final Words words;
  private final Geometry geometry;
  private final int rowWords;
  private final long catalogAt;
  private final long participantsAt;
  private final long statesAt;
  private final long namesAt;
  private final long ledgerAt;
  private final long ledgerStride;
  private final long regionsAt;
  private final long eventsAt;

  private ControlSegment(Words words, Geometry geometry) {
    this.words = words;
    this.geometry = geometry;
    this.rowWords = geometry.participants() / Long.SIZE;
    this.catalogAt = geometry.start(HeaderLayout.SECTION_CATALOG);
    this.participantsAt = geometry.start(HeaderLayout.SECTION_PARTICIPANTS);
    this.statesAt = geometry.start(HeaderLayout.SECTION_STATES);
    this.namesAt = geometry.start(HeaderLayout.SECTION_NAMES);
    this.ledgerAt = geometry.start(HeaderLayout.SECTION_LEDGER);
    this.ledgerStride = geometry.ledgerStride();
    this.regionsAt = geometry.start(HeaderLayout.SECTION_REGIONS);
    this.eventsAt = geometry.start(HeaderLayout.SECTION_EVENTS);
  }

  /** Who and when a segment is made for. */
  record Birth(
      String space, long bootId, long bootIdLow, long incarnation, long createdEpochNanos) {}

  /** Writes a new segment into zeroed words; the last store makes it ready. */
  static ControlSegment initialise(Words words, Geometry geometry, Limits limits, Birth birth) {
    byte[] header = header(geometry, birth);
    words.setBytes(0, header);
    ControlSegment segment = new ControlSegment(words, geometry);
    segment.writeLimits(limits);
    words.set(HeaderLayout.READY_AT, 1);
    return segment;
  }

  /**
   * Whether its creator died before it finished. Joins are counted after that: where there are
   * some, a ready word of 0 is damage, and not a reason to throw the space away.
   */
  static boolean isUnfinished(Words words) {
    long firstJoin = HeaderLayout.BYTES + CatalogLayout.JOINS; // the catalog is the first section
    return words.byteSize() < firstJoin + Long.BYTES
        || (words.get(HeaderLayout.READY_AT) == 0 && words.get(firstJoin) == 0);
  }

  /** Whether the object is shorter than its header says. */
  static boolean isCutShort(Words words) {
    return words.byteSize() < words.get(HeaderLayout.BYTES_AT);
  }

  /**
   * Checks a ready segment's header on a private copy.
   *
   * @throws LayoutMismatchException if another version made it
   * @throws CorruptedException if it is damaged
   */
  static ControlSegment check(Words words, String space) {
    ByteBuffer header = requireIntact(words, space);
    requireKnownLayout(header, space);
    if (header.getLong(HeaderLayout.BYTES_AT) != words.byteSize()) {
      throw damaged(
          space,
          "size in header=%d, object=%d"
              .formatted(header.getLong(HeaderLayout.BYTES_AT), words.byteSize()));
    }
    return new ControlSegment(words, Geometry.read(header));
  }

  /**
   * A private copy of a header whose bytes are those that its creator wrote.
   *
   * @throws CorruptedException if they are not
   */
  static ByteBuffer requireIntact(Words words, String space) {
    byte[] copy = words.getBytes(0, HeaderLayout.BYTES);
    ByteBuffer header = Geometry.buffer(copy);
    if (header.getLong(HeaderLayout.MAGIC_AT) != HeaderLayout.MAGIC) {
      throw damaged(space, "magic=0x%x".formatted(header.getLong(HeaderLayout.MAGIC_AT)));
    }
    if (header.getLong(HeaderLayout.BYTE_ORDER_AT) != HeaderLayout.BYTE_ORDER_MARK) {
      throw damaged(space, "byte order mark is wrong");
    }
    if (header.getLong(HeaderLayout.CRC_AT) != Crc.of(copy, 0, HeaderLayout.CRC_AT)) {
      throw damaged(space, "the header's checksum does not fit");
    }
    if (header.getLong(HeaderLayout.READY_AT) != 1) {
      throw damaged(space, "ready=0x%x".formatted(header.getLong(HeaderLayout.READY_AT)));
    }
    return header;
  }

  private static void requireKnownLayout(ByteBuffer header, String space) {
    long major = header.getLong(HeaderLayout.MAJOR_AT);
    if (major != HeaderLayout.MAJOR) {
      throw new LayoutMismatchException(
          "space layout mismatch: space=%s, found=%d.%d, expected=%d.x; %s"
              .formatted(
                  space,
                  major,
                  header.getLong(HeaderLayout.MINOR_AT),
                  HeaderLayout.MAJOR,
                  "open it with the version that made it, or end its participants and remove its regions first"));
    }
    long unknown = header.getLong(HeaderLayout.REQUIRED_FEATURES_AT) & ~HeaderLayout.KNOWN_FEATURES;
    if (unknown != 0) {
      throw new LayoutMismatchException(
          "space needs features this version does not know: space=%s, layout=%d.%d, features=0x%x; open it with a newer version"
              .formatted(space, major, header.getLong(HeaderLayout.MINOR_AT), unknown));
    }
  }

  private static byte[] header(Geometry geometry, Birth birth) {
    byte[] bytes = new byte[HeaderLayout.SECTIONS_AT + 512];
    ByteBuffer header = Geometry.buffer(bytes);
    header.putLong(HeaderLayout.MAGIC_AT, HeaderLayout.MAGIC);
    header.putLong(HeaderLayout.MAJOR_AT, HeaderLayout.MAJOR);
    header.putLong(HeaderLayout.MINOR_AT, HeaderLayout.MINOR);
    header.putLong(HeaderLayout.BYTE_ORDER_AT, HeaderLayout.BYTE_ORDER_MARK);
    header.putLong(HeaderLayout.BOOT_ID_AT, birth.bootId());
    header.putLong(HeaderLayout.BOOT_ID_LOW_AT, birth.bootIdLow());
    header.putLong(HeaderLayout.INCARNATION_AT, birth.incarnation());
    header.putLong(HeaderLayout.CREATED_AT, birth.createdEpochNanos());
    byte[] name = birth.space().getBytes(StandardCharsets.UTF_8);
    header.putLong(HeaderLayout.NAME_LENGTH_AT, name.length);
    header.put(HeaderLayout.NAME_AT, name);
    geometry.write(header);
    header.putLong(HeaderLayout.CRC_AT, Crc.of(bytes, 0, HeaderLayout.CRC_AT));
    return bytes;
  }

  /** Writes the header anew from what its readers know of it; the tables stay as they are. */
  void rewriteHeader(String space, Platform platform) {
    ProcessIdentity self = platform.self();
    Birth birth =
        new Birth(
            space,
            self.bootId(),
            self.bootIdLow(),
            words.get(HeaderLayout.INCARNATION_AT),
            words.get(HeaderLayout.CREATED_AT));
    words.setBytes(0, header(geometry, birth));
    words.set(HeaderLayout.READY_AT, 1);
  }

  /** A view of a segment whose header is damaged, trusting a geometry known from elsewhere. */
  static ControlSegment trusting(Words words, Geometry geometry) {
    return new ControlSegment(words, geometry);
  }

  void writeLimits(Limits limits) {
    words.set(catalog(CatalogLayout.LIMIT_SPACE_BYTES), limits.spaceBytes());
    words.set(catalog(CatalogLayout.LIMIT_REGION_BYTES), limits.regionBytes());
    words.set(catalog(CatalogLayout.LIMIT_PARTICIPANT_BYTES), limits.participantBytes());
    words.set(catalog(CatalogLayout.LIMIT_REGIONS), limits.regions());
    words.set(catalog(CatalogLayout.LIMIT_PARTICIPANTS), limits.participants());
    words.set(catalog(CatalogLayout.SWEEP_INTERVAL_NANOS), limits.sweepInterval().toNanos());
  }

  /** Whether the segment was made in the machine's current boot. */
  static boolean isOfBoot(Words words, long bootId, long bootIdLow) {
    return words.get(HeaderLayout.BOOT_ID_AT) == bootId
        && words.get(HeaderLayout.BOOT_ID_LOW_AT) == bootIdLow;
  }

  Words words() {
    return words;
  }

  Geometry geometry() {
    return geometry;
  }

  int participants() {
    return geometry.participants();
  }

  int regions() {
    return geometry.regions();
  }

  /** Words in a ledger row. */
  int rowWords() {
    return rowWords;
  }

  long catalog(int field) {
    return catalogAt + field;
  }

  long participant(int slot) {
    return participantsAt + (long) checked(slot, geometry.participants()) * ParticipantLayout.BYTES;
  }

  long state(int slot) {
    return statesAt + (long) checked(slot, geometry.regions()) * Long.BYTES;
  }

  long name(int slot) {
    return namesAt + (long) checked(slot, geometry.regions()) * Long.BYTES;
  }

  long row(int slot) {
    return ledgerAt + (long) checked(slot, geometry.regions()) * ledgerStride;
  }

  long region(int slot) {
    return regionsAt + (long) checked(slot, geometry.regions()) * RegionLayout.BYTES;
  }

  long event(long index) {
    return eventsAt + (index & geometry.events() - 1L) * EventLayout.BYTES;
  }

  private static int checked(int slot, int capacity) {
    return Objects.checkIndex(slot, capacity);
  }

  private static CorruptedException damaged(String space, String what) {
    return new CorruptedException(
        "control segment is damaged: space=%s, %s; run: holdfast -s %s repair"
            .formatted(space, what, space));
  }
}
