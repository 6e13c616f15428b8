package dev.holdfast.sync;

import dev.holdfast.platform.Platform.WordMapping;
import dev.holdfast.platform.Words;
import dev.holdfast.region.CorruptedException;
import dev.holdfast.region.LayoutMismatchException;
import dev.holdfast.region.Membership;
import dev.holdfast.region.Membership.AnnexName;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * A checked view of a space's lock segment: its words and where each table's rows stand.
 *
 * <p><b>Sharing.</b> Any thread, any participant. The header is immutable once {@code ready} is 1.
 *
 * <p><b>Crash points.</b> {@code ready} is stored last; a segment without it, or of another life of
 * the space, is thrown away by the next one in.
 */
final class LockSegment {
  final Words words;
  final MemorySegment memory;
  final int participants;
  final int contexts;
  final int locks;
  final int cells;
  private final Runnable vacate;
  private final long doorbellsAt;
  private final long waitsAt;
  private final long contextsAt;
  private final long locksAt;
  private final long cellsAt;

  private LockSegment(WordMapping annex, ByteBuffer header) {
    this.words = annex.words();
    this.memory = annex.segment();
    this.vacate = annex.vacate();
    this.participants = (int) header.getLong(SegmentLayout.PARTICIPANTS_AT);
    this.contexts = (int) header.getLong(SegmentLayout.CONTEXTS_AT);
    this.locks = (int) header.getLong(SegmentLayout.LOCKS_AT);
    this.cells = (int) header.getLong(SegmentLayout.CELLS_AT);
    this.doorbellsAt = header.getLong(SegmentLayout.DOORBELLS_START_AT);
    this.waitsAt = header.getLong(SegmentLayout.WAITS_START_AT);
    this.contextsAt = header.getLong(SegmentLayout.CONTEXTS_START_AT);
    this.locksAt = header.getLong(SegmentLayout.LOCKS_START_AT);
    this.cellsAt = header.getLong(SegmentLayout.CELLS_START_AT);
  }

  /**
   * Opens the space's lock segment, or makes it.
   *
   * @throws LayoutMismatchException if another version made it
   * @throws CorruptedException if it is damaged
   */
  static LockSegment open(Membership membership, LockSizes sizes) {
    byte[] header = header(membership, sizes);
    long bytes = buffer(header).getLong(SegmentLayout.BYTES_AT);
    WordMapping annex =
        membership.annex(
            AnnexName.LOCKS,
            bytes,
            words -> isUsable(words, membership),
            words -> initialise(words, header));
    return new LockSegment(annex, buffer(annex.words().getBytes(0, SegmentLayout.CRC_AT)));
  }

  private static void initialise(Words words, byte[] header) {
    words.setBytes(0, header);
    words.set(SegmentLayout.READY_AT, 1);
  }

  private static byte[] header(Membership membership, LockSizes sizes) {
    byte[] bytes = new byte[SegmentLayout.READY_AT];
    ByteBuffer header = buffer(bytes);
    header.putLong(SegmentLayout.MAGIC_AT, SegmentLayout.MAGIC);
    header.putLong(SegmentLayout.MAJOR_AT, SegmentLayout.MAJOR);
    header.putLong(SegmentLayout.MINOR_AT, SegmentLayout.MINOR);
    header.putLong(SegmentLayout.INCARNATION_AT, membership.incarnation());
    putGeometry(header, membership.participants(), sizes);
    header.putLong(SegmentLayout.CRC_AT, crc(bytes));
    return bytes;
  }

  private static void putGeometry(ByteBuffer header, int participants, LockSizes sizes) {
    header.putLong(SegmentLayout.PARTICIPANTS_AT, participants);
    header.putLong(SegmentLayout.CONTEXTS_AT, sizes.contexts());
    header.putLong(SegmentLayout.LOCKS_AT, sizes.locks());
    header.putLong(SegmentLayout.CELLS_AT, sizes.cells());
    long at = SegmentLayout.BYTES;
    at = table(header, SegmentLayout.DOORBELLS_START_AT, at, participants, 64);
    at = table(header, SegmentLayout.WAITS_START_AT, at, sizes.contexts(), Long.BYTES);
    at = table(header, SegmentLayout.CONTEXTS_START_AT, at, sizes.contexts(), ContextLayout.BYTES);
    at = table(header, SegmentLayout.LOCKS_START_AT, at, sizes.locks(), LockLayout.BYTES);
    at = table(header, SegmentLayout.CELLS_START_AT, at, sizes.cells(), Long.BYTES);
    header.putLong(SegmentLayout.BYTES_AT, at);
  }

  /** Notes where a table starts; returns where the next one does. */
  private static long table(ByteBuffer header, int field, long at, long count, long stride) {
    header.putLong(field, at);
    long end = at + count * stride;
    return (end + SegmentLayout.ALIGNMENT - 1) / SegmentLayout.ALIGNMENT * SegmentLayout.ALIGNMENT;
  }

  private static boolean isUsable(Words words, Membership membership) {
    if (words.byteSize() < SegmentLayout.BYTES || words.get(SegmentLayout.READY_AT) != 1) {
      return false;
    }
    byte[] bytes = words.getBytes(0, SegmentLayout.READY_AT);
    ByteBuffer header = buffer(bytes);
    requireKnown(header, membership.space());
    if (header.getLong(SegmentLayout.CRC_AT) != crc(bytes)) {
      throw damaged(membership.space(), "the header's checksum does not fit");
    }
    if (header.getLong(SegmentLayout.INCARNATION_AT) != membership.incarnation()
        || header.getLong(SegmentLayout.BYTES_AT) > words.byteSize()) {
      return false;
    }
    requireGeometry(header, membership);
    return true;
  }

  private static void requireKnown(ByteBuffer header, String space) {
    if (header.getLong(SegmentLayout.MAGIC_AT) != SegmentLayout.MAGIC) {
      throw damaged(space, "magic=0x%x".formatted(header.getLong(SegmentLayout.MAGIC_AT)));
    }
    long major = header.getLong(SegmentLayout.MAJOR_AT);
    if (major != SegmentLayout.MAJOR) {
      throw new LayoutMismatchException(
          "lock segment layout mismatch: space=%s, found=%d.%d, expected=%d.x; use the version that made it, or end its participants first"
              .formatted(
                  space, major, header.getLong(SegmentLayout.MINOR_AT), SegmentLayout.MAJOR));
    }
  }

  /** The starts follow from the counts; anything else is damage. */
  private static void requireGeometry(ByteBuffer header, Membership membership) {
    byte[] expected = new byte[SegmentLayout.READY_AT];
    try {
      LockSizes sizes =
          new LockSizes(
              Math.toIntExact(header.getLong(SegmentLayout.LOCKS_AT)),
              Math.toIntExact(header.getLong(SegmentLayout.CONTEXTS_AT)),
              Math.toIntExact(header.getLong(SegmentLayout.CELLS_AT)));
      putGeometry(buffer(expected), membership.participants(), sizes);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw damaged(membership.space(), "sizes: " + e);
    }
    for (int at = SegmentLayout.PARTICIPANTS_AT; at < SegmentLayout.CRC_AT; at += Long.BYTES) {
      if (header.getLong(at) != buffer(expected).getLong(at)) {
        throw damaged(
            membership.space(),
            "header offset %d: found=%d, expected=%d"
                .formatted(at, header.getLong(at), buffer(expected).getLong(at)));
      }
    }
  }

  private static CorruptedException damaged(String space, String what) {
    return new CorruptedException(
        "lock segment is damaged: space=%s, %s; end the space's participants and remove its regions, then its locks are made anew"
            .formatted(space, what));
  }

  private static long crc(byte[] header) {
    CRC32C crc = new CRC32C();
    crc.update(header, 0, SegmentLayout.CRC_AT);
    return crc.getValue();
  }

  static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  /** From now on its words are zeros that nobody shares. */
  void vacate() {
    vacate.run();
  }

  // ---- where things stand ----------------------------------------------------------------------

  long doorbell(int participant) {
    return doorbellsAt
        + (long) Objects.checkIndex(participant, participants) * SegmentLayout.DOORBELL_STRIDE;
  }

  long wait(int context) {
    return waitsAt + (long) Objects.checkIndex(context, contexts) * Long.BYTES;
  }

  long context(int context) {
    return contextsAt + (long) Objects.checkIndex(context, contexts) * ContextLayout.BYTES;
  }

  long lock(int lock) {
    return locksAt + (long) Objects.checkIndex(lock, locks) * LockLayout.BYTES;
  }

  long cell(int cell) {
    return cellsAt + (long) Objects.checkIndex(cell, cells) * Long.BYTES;
  }

  // ---- marks that never sink -------------------------------------------------------------------

  int highContext() {
    return (int) Math.min(words.get(SegmentLayout.HIGH_CONTEXT), contexts);
  }

  int highLock() {
    return (int) Math.min(words.get(SegmentLayout.HIGH_LOCK), locks);
  }

  int highParticipant() {
    return (int) Math.min(words.get(SegmentLayout.HIGH_PARTICIPANT), participants);
  }

  /** Raises a mark to at least {@code value}. */
  void raise(int mark, long value) {
    long seen = words.get(mark);
    while (seen < value && !words.compareAndSet(mark, seen, value)) {
      seen = words.get(mark);
    }
  }
}
