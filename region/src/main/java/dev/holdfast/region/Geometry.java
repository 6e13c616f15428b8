package dev.holdfast.region;

import static dev.holdfast.region.HeaderLayout.SECTIONS;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How large the tables of one control segment are and where each starts; computed for a new
 * segment, read and checked for an existing one.
 *
 * @param participants capacity
 * @param regions capacity
 * @param events capacity
 * @param starts of the sections, by kind − 1
 * @param bytes of the whole segment
 */
record Geometry(int participants, int regions, int events, List<Long> starts, long bytes) {
  private static final int ALIGNMENT = 4096;
  private static final int DEFAULT_EVENTS = 1024;

  /** The geometry of a new segment. */
  static Geometry of(Limits limits) {
    return of(roundUp(limits.participants(), 64), limits.regions(), DEFAULT_EVENTS);
  }

  static Geometry of(int participants, int regions, int events) {
    List<Long> starts = new ArrayList<>();
    long at = HeaderLayout.BYTES;
    for (int kind = 1; kind <= SECTIONS; kind++) {
      starts.add(at);
      at =
          roundUp(
              at + count(kind, participants, regions, events) * (long) stride(kind, participants),
              ALIGNMENT);
    }
    return new Geometry(participants, regions, events, starts, at);
  }

  /**
   * Reads the geometry from a private copy of the header whose CRC already fits.
   *
   * @throws CorruptedException if a capacity or a section is impossible
   */
  static Geometry read(ByteBuffer header) {
    int participants = capacity(header, HeaderLayout.PARTICIPANTS_AT, 64, 1024, "participants");
    int regions = capacity(header, HeaderLayout.REGIONS_AT, 1, HeaderLayout.REGIONS_MAX, "regions");
    int events =
        capacity(
            header,
            HeaderLayout.EVENTS_AT,
            HeaderLayout.EVENTS_MIN,
            HeaderLayout.EVENTS_MAX,
            "events");
    if (participants % 64 != 0 || Integer.bitCount(events) != 1) {
      throw damaged("capacity", "participants=" + participants + ", events=" + events);
    }
    long bytes = header.getLong(HeaderLayout.BYTES_AT);
    long sections = header.getLong(HeaderLayout.SECTION_COUNT_AT);
    if (sections < SECTIONS || sections > HeaderLayout.SECTIONS_MAX) {
      throw damaged("section count", "count=" + sections);
    }
    long[] starts = new long[SECTIONS];
    for (int i = 0; i < sections; i++) {
      int at = HeaderLayout.SECTIONS_AT + i * HeaderLayout.SECTION_STRIDE;
      long kind = header.getLong(at);
      if (kind >= 1 && kind <= SECTIONS) {
        starts[(int) kind - 1] =
            section(header, at, (int) kind, participants, regions, events, bytes);
      }
    }
    for (int kind = 1; kind <= SECTIONS; kind++) {
      if (starts[kind - 1] == 0) {
        throw damaged("section missing", "kind=" + kind);
      }
    }
    return new Geometry(
        participants, regions, events, Arrays.stream(starts).boxed().toList(), bytes);
  }

  /** The header's bytes 0–1023 that describe this geometry, all else zero. */
  void write(ByteBuffer header) {
    header.putLong(HeaderLayout.BYTES_AT, bytes);
    header.putLong(HeaderLayout.PARTICIPANTS_AT, participants);
    header.putLong(HeaderLayout.REGIONS_AT, regions);
    header.putLong(HeaderLayout.EVENTS_AT, events);
    header.putLong(HeaderLayout.SECTION_COUNT_AT, SECTIONS);
    for (int kind = 1; kind <= SECTIONS; kind++) {
      int at = HeaderLayout.SECTIONS_AT + (kind - 1) * HeaderLayout.SECTION_STRIDE;
      header.putLong(at, kind);
      header.putLong(at + 8, start(kind));
      header.putLong(at + 16, count(kind, participants, regions, events));
      header.putLong(at + 24, stride(kind, participants));
    }
  }

  long start(int kind) {
    return starts.get(kind - 1);
  }

  /** Bytes from one ledger row to the next. */
  int ledgerStride() {
    return stride(HeaderLayout.SECTION_LEDGER, participants);
  }

  private static long section(
      ByteBuffer header, int at, int kind, int participants, int regions, int events, long bytes) {
    long start = header.getLong(at + 8);
    long count = header.getLong(at + 16);
    long stride = header.getLong(at + 24);
    boolean shape =
        count == count(kind, participants, regions, events) && stride == stride(kind, participants);
    boolean place =
        start >= HeaderLayout.BYTES
            && start % ALIGNMENT == 0
            && shape
            && start <= bytes - count * stride;
    if (!place) {
      throw damaged(
          "section",
          "kind=%d, start=%d, count=%d, stride=%d, segment=%d"
              .formatted(kind, start, count, stride, bytes));
    }
    return start;
  }

  private static int capacity(ByteBuffer header, int at, int least, int most, String name) {
    long value = header.getLong(at);
    if (value < least || value > most) {
      throw damaged("capacity", name + "=" + value);
    }
    return (int) value;
  }

  private static int count(int kind, int participants, int regions, int events) {
    return switch (kind) {
      case HeaderLayout.SECTION_CATALOG -> 1;
      case HeaderLayout.SECTION_PARTICIPANTS -> participants;
      case HeaderLayout.SECTION_EVENTS -> events;
      default -> regions;
    };
  }

  private static int stride(int kind, int participants) {
    return switch (kind) {
      case HeaderLayout.SECTION_CATALOG -> CatalogLayout.BYTES;
      case HeaderLayout.SECTION_PARTICIPANTS -> ParticipantLayout.BYTES;
      case HeaderLayout.SECTION_LEDGER -> roundUp(participants / 8, 64);
      case HeaderLayout.SECTION_REGIONS -> RegionLayout.BYTES;
      case HeaderLayout.SECTION_EVENTS -> EventLayout.BYTES;
      default -> Long.BYTES;
    };
  }

  private static int roundUp(int value, int unit) {
    return (value + unit - 1) / unit * unit;
  }

  private static long roundUp(long value, int unit) {
    return (value + unit - 1) / unit * unit;
  }

  private static CorruptedException damaged(String what, String values) {
    return new CorruptedException(
        "control segment is damaged: %s in the header is impossible, %s; run: holdfast repair"
            .formatted(what, values));
  }

  /** A private, natively ordered view of header bytes. */
  static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }
}
