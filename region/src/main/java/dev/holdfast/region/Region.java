package dev.holdfast.region;

import dev.holdfast.platform.Platform;
import java.lang.foreign.MemorySegment;

/**
 * A hold on a region and a view of its bytes.
 *
 * <p><b>Sharing.</b> Any thread may read and write through the view; ordering between processes is
 * theirs to make (VarHandles, or a lock of the space). Each open gives a Region of its own, with a
 * mapping of its own.
 *
 * <p><b>Lifetime.</b> The region's memory stays for as long as this is open, whatever others do or
 * die of. {@link #close} unmaps first and gives the hold back then: from that moment every access
 * through the view, by any thread, is an {@link IllegalStateException}, never a crash. A Region
 * that is lost without being closed stays held until the space is closed; {@link LeakDetection}
 * reports it.
 *
 * <p><b>Cost.</b> Opening is a few system calls, whatever the size; an access is a bounds check and
 * the memory itself. Closing makes all threads of the process pass a safepoint check.
 *
 * <pre>{@code
 * try (Region region = space.region("frame-42")) {
 *   byte first = region.segment().get(ValueLayout.JAVA_BYTE, 0);
 * }
 * }</pre>
 */
public final class Region implements AutoCloseable {
  private final Space space;
  private final OpenRegion open;

  Region(Space space, OpenRegion open) {
    this.space = space;
    this.open = open;
  }

  /** Names this region for ever. */
  public RegionId id() {
    return open.entry().id();
  }

  /** The name it was created with. */
  public String name() {
    return open.entry().name();
  }

  /** Its exact size. */
  public long bytes() {
    return open.entry().bytes();
  }

  /** Whether this view can be written. */
  public boolean isWritable() {
    return !open.segment().isReadOnly();
  }

  /**
   * The region's bytes: exactly {@link #bytes()} long, from its first byte.
   *
   * @throws IllegalStateException if this or its space is closed
   */
  public MemorySegment segment() {
    if (open.isClosed()) {
      throw new IllegalStateException(
          "region is closed: name=%s, id=%s; its view ends with it".formatted(name(), id()));
    }
    return open.segment();
  }

  /** The region as it stands in the table now. */
  public RegionInfo info() {
    return space.info(id());
  }

  /**
   * Computes CRC-32C of the region's bytes and writes it down beside the region, for {@code verify}
   * and for others to compare with. Takes about 0.1 s a GiB; writers meanwhile make it worthless.
   */
  public long takeChecksum() {
    long crc = Crc.of(segment());
    space.noteChecksum(id(), crc);
    return crc;
  }

  /**
   * Tells the kernel how this view will be used. Huge pages are taken only where the system allows
   * them for shared memory ({@code shmem_enabled}); asking is not an error where it does not.
   */
  public void advise(Platform.Advice advice) {
    space.advise(segment(), advice);
  }

  /** Unmaps the view and gives the hold back; the second close is a no-op. */
  @Override
  public void close() {
    open.close();
  }

  @Override
  public String toString() {
    return "Region[%s %s, %d bytes%s]"
        .formatted(id(), name(), bytes(), open.isClosed() ? ", closed" : "");
  }
}
