package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import dev.holdfast.region.CorruptedException;
import dev.holdfast.region.Membership;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionId;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The locks of one region as this process has them open: a mapping of their own, and one core a
 * lock, whoever in the process asked for it.
 *
 * <p><b>Lifetime.</b> It holds the region. So the region stands, and its slot is not used again,
 * for as long as a context of this process may name one of its locks: a key with a slot and an
 * offset never means another region's lock.
 *
 * <p><b>Crash points.</b> Placing: the magic comes last; before, there is no lock. Adopting a lock
 * of an earlier life: its life comes last; before, the next one adopts it again.
 *
 * <p><b>Ordering.</b> Closing: {@code closed}, then the words are looked at; taking a lock: the
 * word, then {@code closed} is looked at. So either the closer sees that it is owned and leaves it
 * mapped until it is released, or the taker gives it back. Where that meets the unmapping, the
 * closer gives it back: through a second mapping, when nobody can reach the first any more.
 */
final class PlacedRegion {
  private enum State {
    OPEN,
    CLOSING,
    UNMAPPING,
    CLOSED
  }

  /** A core, and what stood there when it was made. */
  private record Opened(long magic, long size, LockCore core) {}

  private final Membership membership;
  private final Engine engine;
  private final Region region;
  private final Region spare;
  private final Words words;

  /** Through the spare one, for the end. */
  private final Words last;

  private final Map<Long, Opened> locks = new ConcurrentHashMap<>();

  /** Those whose cells a writer elsewhere may ask for. */
  private final Queue<ReadWriteCore> biased = new ConcurrentLinkedQueue<>();

  private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

  /**
   * @param region a writable view of its own, closed with this
   * @param spare another one
   */
  PlacedRegion(Engine engine, Region region, Region spare) {
    this.membership = engine.membership();
    this.engine = engine;
    this.region = region;
    this.spare = spare;
    this.words = words(region);
    this.last = words(spare);
  }

  private Words words(Region mapped) {
    return new PlacedWords(membership.platform().words(mapped.segment()), region.name());
  }

  String name() {
    return region.name();
  }

  int slot() {
    return region.id().slot();
  }

  boolean isOf(RegionId id) {
    return region.id().equals(id);
  }

  String name(long offset) {
    return "%s[%d]".formatted(region.name(), offset);
  }

  Engine engine() {
    return engine;
  }

  // ---- placing ---------------------------------------------------------------------------------

  /** Places a lock where none is. */
  void place(long offset, LockKind kind, long options, int ownerCells, int undoCells) {
    int cells = ownerCells + undoCells;
    requirePlace(offset, PlacedLayout.bytes(cells));
    membership.exclusively(() -> {
      requireVacant(offset, PlacedLayout.bytes(cells));
      for (int i = 0; i < cells; i++) {
        words.set(cell(offset, i), 0);
      }
      for (int field = 0; field < PlacedLayout.MAGIC; field += Long.BYTES) {
        words.set(offset + field, 0);
      }
      words.set(offset + PlacedLayout.SIZE, PlacedLayout.size(ownerCells, undoCells));
      words.set(offset + PlacedLayout.LIFE, life());
      words.set(offset + PlacedLayout.MAGIC, PlacedLayout.magic(kind, options));
      return kind;
    });
  }

  private static long cell(long offset, int index) {
    return offset + PlacedLayout.bytes(index);
  }

  private long life() {
    return PlacedLayout.life(membership.incarnation(), region.id().handle());
  }

  private void requirePlace(long offset, long bytes) {
    if (offset < 0 || offset % PlacedLayout.BYTES != 0) {
      throw new IllegalArgumentException(
          "place not aligned: region=%s, offset=%d, alignment=%d; a lock stands on a line of its own"
              .formatted(region.name(), offset, PlacedLayout.BYTES));
    }
    if (bytes > region.bytes() - offset) {
      throw new IllegalArgumentException(
          "lock does not fit into the region: region=%s, offset=%d, lock=%d bytes, region=%d bytes"
              .formatted(region.name(), offset, bytes, region.bytes()));
    }
  }

  private void requireVacant(long offset, long bytes) {
    for (long at = offset; at < offset + bytes; at += PlacedLayout.BYTES) {
      if (at + PlacedLayout.BYTES <= region.bytes()
          && PlacedLayout.isMagic(words.get(at + PlacedLayout.MAGIC))) {
        throw new PlaceTakenException(
            "there is a lock in the way: region=%s, offset=%d, wanted=%d to %d; open it, or, if nobody uses it any more, set its 64 bytes to 0"
                .formatted(region.name(), at, offset, offset + bytes));
      }
    }
  }

  // ---- opening ---------------------------------------------------------------------------------

  /** What is placed there, if a lock is. */
  Optional<LockKind> find(long offset) {
    requirePlace(offset, PlacedLayout.BYTES);
    return PlacedLayout.kindOf(words.get(offset + PlacedLayout.MAGIC));
  }

  /** The lock that is placed there; the same core each time. */
  <T extends LockCore> T open(
      long offset, LockKind kind, Class<T> type, BiFunction<LockSite, Engine, T> make) {
    requirePlace(offset, PlacedLayout.BYTES);
    long magic = words.get(offset + PlacedLayout.MAGIC);
    requireKind(offset, magic, kind);
    long size = PlacedLayout.fixed(words.get(offset + PlacedLayout.SIZE));
    requireSize(offset, kind, size);
    adoptFromEarlierLife(offset, kind, PlacedLayout.ownerCells(size));
    Opened opened =
        locks.compute(
            offset,
            (_, before) ->
                before != null && before.magic() == magic && before.size() == size
                    ? before
                    : new Opened(
                        magic,
                        size,
                        noted(make.apply(site(offset, words, magic, size), engine), magic)));
    return type.cast(opened.core());
  }

  private LockCore noted(LockCore core, long magic) {
    boolean isBiased = (PlacedLayout.options(magic) & LockLayout.OPTION_READ_BIASED) != 0;
    if (isBiased && core instanceof ReadWriteCore readWrite) {
      biased.add(readWrite);
    }
    return core;
  }

  private void requireKind(long offset, long magic, LockKind kind) {
    if (!PlacedLayout.isMagic(magic)) {
      throw new LockNotFoundException(
          "no lock is placed there: region=%s, offset=%d; somebody has to place one first"
              .formatted(region.name(), offset));
    }
    if (PlacedLayout.kind(magic) != kind.code()) {
      throw new WrongLockKindException(
          "lock is of another kind: region=%s, offset=%d, found=%s, asked=%s"
              .formatted(
                  region.name(),
                  offset,
                  LockKind.of(PlacedLayout.kind(magic))
                      .map(LockKind::toString)
                      .orElse("kind " + PlacedLayout.kind(magic)),
                  kind));
    }
  }

  private void requireSize(long offset, LockKind kind, long size) {
    int cells = PlacedLayout.ownerCells(size);
    int undo = PlacedLayout.undoCells(size);
    boolean fits =
        switch (kind) {
          case SEMAPHORE -> cells >= 1 && cells <= Locks.Core.PERMITS_MAX && undo == 0;
          case READ_WRITE_LOCK -> cells == membership.participants();
          case MUTEX -> cells == 0;
          case CONDITION -> false;
        };
    if (!fits || PlacedLayout.bytes(cells + undo) > region.bytes() - offset) {
      throw new CorruptedException(
          "placed lock is damaged: region=%s, offset=%d, %s, cells=%d + %d, participants=%d; repair what it protects, set its 64 bytes to 0 and place it anew"
              .formatted(region.name(), offset, kind, cells, undo, membership.participants()));
    }
  }

  /** The bytes were copied, or kept in a file: whoever they name as owner is not one of ours. */
  private void adoptFromEarlierLife(long offset, LockKind kind, int cells) {
    if (words.get(offset + PlacedLayout.LIFE) == life()) {
      return;
    }
    membership.exclusively(() -> {
      if (words.get(offset + PlacedLayout.LIFE) != life()) {
        disown(offset, kind, cells);
        words.set(offset + PlacedLayout.LIFE, life());
      }
      return kind;
    });
  }

  private void disown(long offset, LockKind kind, int cells) {
    long word = words.get(offset);
    if (kind == LockKind.SEMAPHORE) {
      words.set(offset, 0);
    } else if (!OwnerWord.isFree(word) && !OwnerWord.isNotRecoverable(word)) {
      words.set(offset, OwnerWord.DIED);
    }
    for (int i = 0; i < cells; i++) {
      words.set(cell(offset, i), 0);
    }
  }

  private LockSite site(long offset, Words from, long magic, long size) {
    int cells = PlacedLayout.ownerCells(size);
    int undo = PlacedLayout.undoCells(size);
    return new LockSite(
        name(offset),
        WaitWord.key(slot(), offset),
        from,
        offset,
        PlacedLayout.options(magic),
        cell(offset, 0),
        cells,
        undo == 0
            ? null
            : new UndoArea(
                name(offset),
                from,
                offset + PlacedLayout.SIZE,
                PlacedLayout.UNDO_LENGTH_SHIFT,
                cell(offset, cells),
                undo * Long.BYTES),
        new Statistics(from, offset, false));
  }

  /** Makes it usable again if it is not recoverable; whether it was not. */
  boolean reset(long offset) {
    requirePlace(offset, PlacedLayout.BYTES);
    long word = words.get(offset);
    if (find(offset).isEmpty() || !OwnerWord.isNotRecoverable(word)) {
      return false;
    }
    words.and(offset + PlacedLayout.SIZE, PlacedLayout.fixed(-1)); // no undo record any more
    return words.compareAndSet(offset, word, OwnerWord.WAITERS); // as of a lock with a name
  }

  // ---- what the process does with them ---------------------------------------------------------

  /** The lock there, if this process has it open. */
  @Nullable LockCore opened(long offset) {
    Opened opened = locks.get(offset);
    return opened == null ? null : opened.core();
  }

  /** A writer elsewhere asks for the cells that are kept for readers. */
  void revoke() {
    biased.forEach(lock -> lock.readers().revoke());
  }

  // ---- closing ---------------------------------------------------------------------------------

  boolean isOpen() {
    return state.get() == State.OPEN;
  }

  /** Nobody gets a lock through this any more; who waits is sent away. */
  void stop() {
    engine.waits().close();
    locks.values().forEach(lock -> lock.core().close());
    state.compareAndSet(State.OPEN, State.CLOSING);
  }

  /** Once nobody of this process owns a lock of it: unmaps, and gives the region back. */
  void finishIfUnowned() {
    if (state.compareAndSet(State.CLOSING, State.UNMAPPING)) {
      boolean unused = false;
      try {
        unused = isUnused();
      } finally {
        if (!unused) {
          state.compareAndSet(State.UNMAPPING, State.CLOSING); // or the space closed it meanwhile
        }
      }
      if (unused) {
        unmap();
      }
    }
  }

  /** Whether it waits for the owner of a lock. */
  boolean isStopped() {
    return state.get() == State.CLOSING;
  }

  /** Whether a thread looks if it can be unmapped, or unmaps it: that takes a moment. */
  boolean isFinishing() {
    return state.get() == State.UNMAPPING;
  }

  boolean isClosed() {
    return state.get() == State.CLOSED;
  }

  private boolean isUnused() {
    return !engine.waits().isAnybodyInside()
        && locks.values().stream().noneMatch(lock -> lock.core().isOwnedHere());
  }

  /** Unmaps it, whoever owns what: that is left as a dead owner would. */
  void unmap() {
    try {
      region.close();
      giveBackWhatNamesUs();
    } catch (LocksClosedException spaceClosedMeanwhile) {
      // which gave everything back; or whoever closed the locks before it
    } finally {
      try {
        spare.close();
      } finally {
        state.set(State.CLOSED);
      }
    }
  }

  private void giveBackWhatNamesUs() {
    locks.forEach((offset, lock) -> {
      if (namesUs(offset, PlacedLayout.ownerCells(lock.size()))) {
        LockSite site = site(offset, last, lock.magic(), lock.size());
        var _ = coreOver(site, PlacedLayout.kind(lock.magic())).recover(membership.me());
      }
    });
  }

  private boolean namesUs(long offset, int cells) {
    return OwnerWord.participant(last.get(offset)) == membership.me()
        || IntStream.range(0, cells)
            .anyMatch(i -> OwnerWord.participant(last.get(cell(offset, i))) == membership.me());
  }

  private LockCore coreOver(LockSite site, long kind) {
    if (kind == LockKind.SEMAPHORE.code()) {
      return new SemaphoreCore(site, engine);
    }
    return kind == LockKind.MUTEX.code()
        ? Locks.Core.placedMutex(site, engine)
        : new ReadWriteCore(site, engine);
  }
}
