package dev.holdfast.region;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The space's history: a ring of the last events, for people. Nothing depends on it.
 *
 * <p><b>Sharing.</b> Wait-free for writers of any participant; readers believe only what checks
 * out.
 *
 * <p><b>Crash points.</b> A writer that dies after it took its sequence leaves a record whose
 * sequence or CRC does not fit: readers pass over it, the ring goes on.
 */
final class EventLog {
  private final ControlSegment segment;
  private final Words words;
  private final Platform platform;

  EventLog(ControlSegment segment, Platform platform) {
    this.segment = segment;
    this.words = segment.words();
    this.platform = platform;
  }

  void record(SpaceEvent.Kind kind, Actor actor, long regionHandle, long value, String text) {
    long sequence = words.add(segment.catalog(CatalogLayout.EVENTS_RECORDED), 1) + 1;
    long at = segment.event(sequence - 1);
    byte[] bytes = new byte[EventLayout.BYTES];
    ByteBuffer record = Geometry.buffer(bytes);
    byte[] textBytes = cut(text, EventLayout.TEXT_BYTES_MAX);
    record.putLong(EventLayout.AT, platform.epochNanos());
    record.putLong(EventLayout.KIND, kind.code());
    record.putLong(EventLayout.ACTOR, actor.handle());
    record.putLong(EventLayout.REGION, regionHandle);
    record.putLong(EventLayout.VALUE, value);
    record.putLong(EventLayout.ACTOR_PID, actor.pid());
    record.putLong(EventLayout.TEXT_LENGTH, textBytes.length);
    record.put(EventLayout.TEXT, textBytes);
    record.putLong(EventLayout.CRC, Crc.of(bytes, EventLayout.AT, EventLayout.CRC));
    words.set(at, 0);
    words.setBytes(at, bytes); // the sequence in it is 0 still
    words.set(at, sequence); // last: publishes the record
  }

  /** The sequence of the newest event; 0 before the first. */
  long last() {
    return words.get(segment.catalog(CatalogLayout.EVENTS_RECORDED));
  }

  /** The events that are still in the ring and whole, oldest first. */
  List<SpaceEvent> read() {
    return read(0, last());
  }

  /** Those after one sequence and up to another, as far as they are still in the ring and whole. */
  List<SpaceEvent> read(long after, long last) {
    long first = Math.max(after + 1, last - segment.geometry().events() + 1);
    List<SpaceEvent> events = new ArrayList<>();
    for (long sequence = first; sequence <= last && sequence > 0; sequence++) {
      readOne(sequence).ifPresent(events::add);
    }
    return events;
  }

  private Optional<SpaceEvent> readOne(long sequence) {
    long at = segment.event(sequence - 1);
    if (words.get(at) != sequence) {
      return Optional.empty();
    }
    byte[] bytes = words.getBytes(at, EventLayout.BYTES);
    ByteBuffer record = Geometry.buffer(bytes);
    long textLength = record.getLong(EventLayout.TEXT_LENGTH);
    boolean whole =
        words.get(at) == sequence
            && record.getLong(EventLayout.CRC) == Crc.of(bytes, EventLayout.AT, EventLayout.CRC)
            && textLength >= 0
            && textLength <= EventLayout.TEXT_BYTES_MAX;
    if (!whole) {
      return Optional.empty();
    }
    String text = new String(bytes, EventLayout.TEXT, (int) textLength, StandardCharsets.UTF_8);
    return SpaceEvent.Kind.of(record.getLong(EventLayout.KIND))
        .map(kind ->
            new SpaceEvent(
                sequence,
                instant(record.getLong(EventLayout.AT)),
                kind,
                record.getLong(EventLayout.ACTOR),
                record.getLong(EventLayout.ACTOR_PID),
                regionId(record.getLong(EventLayout.REGION)),
                record.getLong(EventLayout.VALUE),
                text));
  }

  private static Optional<RegionId> regionId(long handle) {
    return handle >>> 16 == 0 || handle >>> 48 != 0
        ? Optional.empty()
        : Optional.of(new RegionId(handle));
  }

  static Instant instant(long epochNanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(epochNanos, 1_000_000_000L), Math.floorMod(epochNanos, 1_000_000_000L));
  }

  /** The text in UTF-8, cut between characters so that it fits. */
  static byte[] cut(String text, int most) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= most) {
      return bytes;
    }
    int end = most;
    while (end > 0 && (bytes[end] & 0xC0) == 0x80) {
      end--;
    }
    return java.util.Arrays.copyOf(bytes, end);
  }
}
