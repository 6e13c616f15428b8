package dev.holdfast.region;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a {@link Region} owns: the mapping and the hold. Separate from it, so that the garbage
 * collector can find a Region that was lost without being closed. Such a one is reported, not
 * closed: a view taken from it may still be in use.
 */
final class OpenRegion implements Runnable {
  private static final System.Logger LOG = System.getLogger(OpenRegion.class.getName());
  private static final Cleaner CLEANER = Cleaner.create();

  private final RegionEntry entry;
  private final Arena arena;
  private final MemorySegment segment;
  private final Instant openedAt;
  private final Optional<Throwable> site;
  private final Consumer<OpenRegion> onClose;
  private volatile boolean closed;
  private volatile boolean lost;

  OpenRegion(
      RegionEntry entry,
      Arena arena,
      MemorySegment segment,
      Instant openedAt,
      Optional<Throwable> site,
      Consumer<OpenRegion> onClose) {
    this.entry = entry;
    this.arena = arena;
    this.segment = segment;
    this.openedAt = openedAt;
    this.site = site;
    this.onClose = onClose;
  }

  /**
   * @param tracked whether to notice when it is lost
   */
  Region toRegion(Space space, boolean tracked) {
    Region region = new Region(space, this);
    if (tracked) {
      var _ = CLEANER.register(region, this);
    }
    return region;
  }

  RegionEntry entry() {
    return entry;
  }

  MemorySegment segment() {
    return segment;
  }

  boolean isClosed() {
    return closed;
  }

  HeldRegion describe() {
    return new HeldRegion(
        entry.id(),
        entry.name(),
        entry.bytes(),
        !segment.isReadOnly(),
        openedAt,
        lost,
        site.map(OpenRegion::trace).orElse(""));
  }

  /** The garbage collector found the Region: either closed, or lost. */
  @Override
  public void run() {
    if (!closed) {
      lost = true;
      LOG.log(
          System.Logger.Level.WARNING,
          "a region was never closed: name={0}, id={1}, opened={2}; it stays held until its space is closed{3}",
          entry.name(),
          entry.id(),
          openedAt,
          site.map(where -> "\n" + trace(where))
              .orElse("; run with -Dholdfast.leaks=full to see where it was opened"));
    }
  }

  /** Ends it; also when another thread began to, and has not got through with it. */
  void close() {
    closed = true;
    onClose.accept(this);
  }

  /** Unmaps, unless a call in another thread uses the view right now; true when it is done. */
  boolean tryUnmap() {
    if (!arena.scope().isAlive()) {
      return true;
    }
    try {
      arena.close();
      return true;
    } catch (IllegalStateException inUseOrClosed) {
      return !arena.scope().isAlive();
    }
  }

  private static String trace(Throwable site) {
    StringBuilder text = new StringBuilder();
    for (StackTraceElement frame : site.getStackTrace()) {
      text.append("    at ").append(frame).append('\n');
    }
    return text.toString();
  }
}
