package dev.holdfast.sync;

import dev.holdfast.region.Region;
import dev.holdfast.region.RegionId;
import dev.holdfast.region.Space;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The regions whose locks this process has open, each once, however often it was asked for.
 *
 * <p>Nothing of the space is called with the monitor held: whoever closes the space has all of it
 * to itself, and comes here.
 */
final class PlacedRegions {
  private static final long FINISHING_NANOS = 10_000;

  private final BiFunction<Region, Region, PlacedRegion> make;
  private final Consumer<PlacedRegion> awaitNobodyWaits;
  private final Map<Integer, PlacedRegion> bySlot = new ConcurrentHashMap<>();
  private final Map<PlacedRegion, Integer> handles = new ConcurrentHashMap<>();
  private boolean closed;

  PlacedRegions(
      BiFunction<Region, Region, PlacedRegion> make, Consumer<PlacedRegion> awaitNobodyWaits) {
    this.make = make;
    this.awaitNobodyWaits = awaitNobodyWaits;
  }

  /**
   * Opens a region's locks, or joins those that have them open.
   *
   * @throws IllegalStateException if they are being closed, and a thread still owns one
   */
  PlacedRegion open(Space space, String nameOrId) {
    Region region = space.writableRegion(nameOrId);
    @Nullable Region spare = null;
    boolean taken = false;
    try {
      spare = space.writableRegion(region.id().toString());
      PlacedRegion mine = make.apply(region, spare);
      @Nullable PlacedRegion placed = register(mine, region.id());
      while (placed == null) {
        finishOrRefuse(inSlot(region.id().slot()));
        placed = register(mine, region.id());
      }
      taken = placed == mine;
      return placed;
    } finally {
      if (!taken) {
        region.close();
        if (spare != null) {
          spare.close();
        }
      }
    }
  }

  /** Null if those that were open before are neither open nor closed. */
  private synchronized @Nullable PlacedRegion register(PlacedRegion mine, RegionId id) {
    if (closed) {
      throw new LocksClosedException("space is closed: region=" + mine.name());
    }
    @Nullable PlacedRegion before = bySlot.get(id.slot());
    boolean isOver = before == null || before.isClosed() || !before.isOf(id);
    PlacedRegion placed = isOver ? mine : Objects.requireNonNull(before);
    if (placed == before && !placed.isOpen()) {
      return null;
    }
    bySlot.put(id.slot(), placed);
    handles.merge(placed, 1, Integer::sum);
    return placed;
  }

  /** Whoever looked before us may have seen an owner that is none any more: we look again. */
  private void finishOrRefuse(@Nullable PlacedRegion stopped) {
    if (stopped == null || stopped.isOpen()) { // finished, or opened anew, by another thread
      return;
    }
    while (stopped.isFinishing()) {
      LockSupport.parkNanos(FINISHING_NANOS);
    }
    finish(stopped);
    if (stopped.isStopped()) {
      throw new IllegalStateException(
          "the region's locks are being closed, and a thread of this process still owns one: region=%s; release it first"
              .formatted(stopped.name()));
    }
  }

  /** One of those who had it open does no more; the last one closes it. */
  void release(PlacedRegion placed) {
    if (isLast(placed)) {
      finish(placed);
    }
  }

  private void finish(PlacedRegion stopped) {
    awaitNobodyWaits.accept(stopped);
    stopped.finishIfUnowned();
    forgetIfClosed(stopped);
  }

  private synchronized boolean isLast(PlacedRegion placed) {
    @Nullable Integer left = handles.computeIfPresent(placed, (_, count) -> count - 1);
    boolean last = left != null && left == 0;
    if (last) {
      handles.remove(placed);
      placed.stop();
    }
    return last;
  }

  private synchronized void forgetIfClosed(PlacedRegion placed) {
    if (placed.isClosed()) {
      bySlot.remove(placed.slot(), placed);
    }
  }

  /** Finishes what could not be closed because a thread owned a lock. */
  void tick() {
    for (PlacedRegion placed : all()) {
      if (!placed.isOpen()) {
        placed.finishIfUnowned();
        forgetIfClosed(placed);
      }
    }
  }

  Collection<PlacedRegion> all() {
    return List.copyOf(bySlot.values());
  }

  /** The locks of whatever region stands in that slot, if they are open here. */
  @Nullable PlacedRegion inSlot(int slot) {
    return bySlot.get(slot);
  }

  /** The lock of that key, if this process has it open. */
  @Nullable LockCore opened(long key) {
    @Nullable PlacedRegion placed = inSlot(WaitWord.regionSlot(key));
    return placed == null ? null : placed.opened(WaitWord.offset(key));
  }

  /** The space closes: nobody gets a lock any more. */
  synchronized List<PlacedRegion> stopAll() {
    closed = true;
    List<PlacedRegion> stopped = new ArrayList<>(bySlot.values());
    stopped.forEach(PlacedRegion::stop);
    return stopped;
  }
}
