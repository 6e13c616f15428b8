package dev.holdfast.sync;

import dev.holdfast.platform.Platform;
import dev.holdfast.region.CorruptedException;
import dev.holdfast.region.Region;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;

/**
 * What the owner of a lock writes down before it changes what the lock protects, so that the next
 * owner can take the change back if this one dies in the middle. It stands in shared memory, beside
 * the lock.
 *
 * <p><b>Sharing.</b> The thread that owns the lock: a mutex, or a read-write lock for writing. In
 * whatever language; what the record says is between those who use the lock, or, for ranges of
 * regions, fixed by the layout.
 *
 * <p><b>Lifetime.</b> Until the lock is released, declared consistent, or downgraded; a release
 * means that the change is complete. A record outlives its owner's death and {@link Hold#abandon}:
 * the next owner, who is told that the owner died, finds it here. If there is none then, the dead
 * one had not begun to change anything, or was done.
 *
 * <p><b>Crash points.</b> Dead before a save returns: nothing is changed yet, and the record says
 * nothing of it. Dead while rolling back, or before {@link Hold#markConsistent}: the record stands,
 * and the next owner rolls back again, to the same bytes. Dead between clearing the record and
 * releasing: there is no record, and nothing to take back.
 *
 * <p><b>Cost.</b> A copy of the bytes and a store to save; a store at the release, if there is a
 * record. Of the room, plain bytes take 8 more than they are; ranges 8 once, and each 24 and its
 * bytes, rounded up to 8.
 *
 * <pre>{@code
 * try (Hold held = mutex.hold()) {
 *   if (held.ownerDied()) {
 *     held.undo().rollBack(accounts);
 *     held.markConsistent();
 *   }
 *   held.undo().save(accounts, 64, 16); // as they were
 *   move(accounts, 100);
 * }
 * }</pre>
 */
public final class UndoRecord {
  static final long PLAIN = 1;
  static final long RANGES = 2;
  private static final int HEAD = Long.BYTES;
  private static final int RANGE_HEAD = 3 * Long.BYTES;

  private final UndoArea area;
  private final Platform platform;
  private final Runnable requireOwner;
  private final Runnable requireWriter;

  UndoRecord(UndoArea area, Platform platform, Runnable requireOwner, Runnable requireWriter) {
    this.area = area;
    this.platform = platform;
    this.requireOwner = requireOwner;
    this.requireWriter = requireWriter;
  }

  /** How many bytes the lock has for it, all together. */
  public int capacity() {
    return area.capacity();
  }

  /** Whether there is one. */
  public boolean isPresent() {
    requireOwner.run();
    return area.length() > 0;
  }

  /**
   * Saves bytes that say, to whoever knows, how to undo what is changed from now on.
   *
   * @throws IllegalStateException if there is a record already: {@link #clear} it when the change
   *     that it is for is complete
   * @throws IllegalArgumentException if there is not enough room
   */
  public void save(byte[] bytes) {
    requireWriter.run();
    if (area.length() > 0) {
      throw new IllegalStateException(
          "there is an undo record: lock=%s, bytes=%d; clear() it when its change is complete"
              .formatted(area.name(), area.length()));
    }
    byte[] record = new byte[HEAD + bytes.length];
    buffer(record).putLong(PLAIN).put(bytes);
    area.append(record);
  }

  /**
   * Saves a range of a region as it is now, beside those that were saved before.
   *
   * @throws IndexOutOfBoundsException if the region has no such bytes
   * @throws IllegalArgumentException if there is not enough room
   */
  public void save(Region region, long offset, int length) {
    requireWriter.run();
    Objects.checkFromIndexSize(offset, length, region.bytes());
    boolean first = area.length() == 0;
    if (!first && form(area.read()) != RANGES) {
      throw new IllegalStateException(
          "the undo record is of another form: lock=%s; clear() it when its change is complete"
              .formatted(area.name()));
    }
    byte[] bytes = new byte[(first ? HEAD : 0) + RANGE_HEAD + padded(length)];
    ByteBuffer entry = buffer(bytes);
    if (first) {
      entry.putLong(RANGES);
    }
    entry.putLong(region.id().handle()).putLong(offset).putLong(length);
    entry.put(platform.words(region.segment()).getBytes(offset, length));
    area.append(bytes);
  }

  /** The bytes that were saved, if bytes were. */
  public Optional<byte[]> read() {
    requireOwner.run();
    byte[] record = area.read();
    return record.length > 0 && form(record) == PLAIN
        ? Optional.of(Arrays.copyOfRange(record, HEAD, record.length))
        : Optional.empty();
  }

  /**
   * Writes the saved ranges back, the last one first. The record stays until the lock is declared
   * consistent or released: who dies before that leaves it to the next one.
   *
   * @param regions those of the ranges, writable
   * @return how many ranges there were
   * @throws IllegalArgumentException if a range is of another region; nothing was written
   * @throws CorruptedException if the record makes no sense; nothing was written
   */
  public int rollBack(Region... regions) {
    requireOwner.run();
    byte[] record = area.read();
    Deque<Range> ranges = ranges(record, regions);
    int count = ranges.size();
    while (!ranges.isEmpty()) {
      Range last = ranges.removeLast();
      byte[] bytes = Arrays.copyOfRange(record, last.at(), last.at() + last.length());
      platform.words(last.region().segment()).setBytes(last.offset(), bytes);
    }
    return count;
  }

  /** Throws the record away: what it was for is complete. */
  public void clear() {
    requireOwner.run();
    area.clear();
  }

  // ---- ranges ----------------------------------------------------------------------------------

  /** The bytes from {@code at} on in the record belong at {@code offset} in the region. */
  private record Range(Region region, long offset, int at, int length) {}

  private Deque<Range> ranges(byte[] bytes, Region... regions) {
    Deque<Range> ranges = new ArrayDeque<>();
    if (bytes.length == 0) {
      return ranges;
    }
    if (form(bytes) != RANGES) {
      throw new IllegalStateException(
          "the undo record is no ranges of regions: lock=%s; read() it".formatted(area.name()));
    }
    ByteBuffer record = buffer(bytes).position(HEAD);
    while (record.hasRemaining()) {
      ranges.add(range(record, regions));
    }
    return ranges;
  }

  private Range range(ByteBuffer record, Region... regions) {
    if (record.remaining() < RANGE_HEAD) {
      throw damaged("a range that ends too early");
    }
    long handle = record.getLong();
    long offset = record.getLong();
    long length = record.getLong();
    Region region = regionOf(handle, regions);
    if (length < 0
        || length > record.remaining()
        || padded((int) length) > record.remaining()
        || offset < 0
        || offset > region.bytes() - length) {
      throw damaged("offset=%d, length=%d".formatted(offset, length));
    }
    int at = record.position();
    record.position(at + padded((int) length));
    return new Range(region, offset, at, (int) length);
  }

  private Region regionOf(long handle, Region... regions) {
    return Arrays.stream(regions)
        .filter(region -> region.id().handle() == handle)
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "a range of the undo record is of another region: lock=%s, region=r%x, given=%s"
                    .formatted(area.name(), handle, Arrays.toString(regions))));
  }

  private CorruptedException damaged(String what) {
    return new CorruptedException(
        "undo record is damaged: lock=%s, %s; repair what the lock protects by other means, then markConsistent()"
            .formatted(area.name(), what));
  }

  private long form(byte[] record) {
    if (record.length < HEAD) {
      throw damaged("length=" + record.length);
    }
    return buffer(record).getLong();
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  private static int padded(int length) {
    return (length + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
  }
}
