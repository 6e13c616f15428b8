package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import dev.holdfast.region.CorruptedException;
import dev.holdfast.region.LimitExceededException;
import dev.holdfast.region.Membership;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The locks that have names: found, made, and thrown away when the table is full.
 *
 * <p><b>Sharing.</b> Changed in the space's catalog section only, one participant at a time. Read
 * by anybody: a name is believed only with its checksum.
 *
 * <p><b>Crash points.</b> Making a lock: its state becomes LIVE last; before, the slot is free. Its
 * cells are zeroed before. Throwing one away: the token floor is raised first.
 */
final class LockTable {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.:/@+-]{0,119}");

  private final LockSegment segment;
  private final Words words;
  private final Membership membership;
  private final int me;

  LockTable(LockSegment segment, Membership membership) {
    this.segment = segment;
    this.words = segment.words;
    this.membership = membership;
    this.me = (int) (membership.me() & 0xFFFF);
  }

  /**
   * What is asked for.
   *
   * @param permits of a semaphore, 0 for the others
   * @param mutex of a condition, 0 for the others
   * @param undoCells room for an undo record
   */
  record Wanted(String name, LockKind kind, long options, int permits, int mutex, int undoCells) {
    Wanted(String name, LockKind kind, long options, int permits) {
      this(name, kind, options, permits, 0, 0);
    }

    Wanted(String name, LockKind kind, long options, int permits, int mutex) {
      this(name, kind, options, permits, mutex, 0);
    }

    Wanted withUndo(int cells) {
      return new Wanted(name, kind, options, permits, mutex, cells);
    }

    Wanted {
      if (!NAME.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "lock name not allowed: name=%s; 1 to 120 letters, digits and _ . : / @ + -, starting with a letter or digit"
                .formatted(name));
      }
    }
  }

  /** The slot of that lock; made if there is none. */
  int open(Wanted wanted) {
    return membership.exclusively(() -> openInside(wanted));
  }

  private int openInside(Wanted wanted) {
    OptionalInt found = find(wanted.name());
    if (found.isPresent()) {
      requireSame(found.getAsInt(), wanted);
      noteOpener(found.getAsInt());
      return found.getAsInt();
    }
    return make(wanted);
  }

  /** The slot of a lock that exists; nobody notes that it is open. */
  OptionalInt find(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    int high = segment.highLock();
    for (int lock = 0; lock < high; lock++) {
      if (isLive(lock)
          && words.getPlain(segment.lock(lock) + LockLayout.NAME_LENGTH) == bytes.length
          && name.equals(name(lock))) {
        return OptionalInt.of(lock);
      }
    }
    return OptionalInt.empty();
  }

  boolean isLive(int lock) {
    return LockLayout.isLive(words.get(segment.lock(lock) + LockLayout.STATE));
  }

  /**
   * The name of a lock.
   *
   * @throws CorruptedException if its entry is damaged
   */
  String name(int lock) {
    byte[] entry = checkedEntry(lock);
    int length = (int) LockSegment.buffer(entry).getLong(LockLayout.NAME_LENGTH);
    return new String(entry, LockLayout.NAME, length, StandardCharsets.UTF_8);
  }

  LockKind kind(int lock) {
    return LockKind.of(field(lock, LockLayout.KIND))
        .orElseThrow(() -> damaged(lock, "kind=" + field(lock, LockLayout.KIND)));
  }

  long field(int lock, int field) {
    return words.get(segment.lock(lock) + field);
  }

  /** Where a lock lives. */
  LockSite site(int lock) {
    long at = segment.lock(lock);
    String name = name(lock);
    int first = (int) field(lock, LockLayout.FIRST_CELL);
    int cells = ownerCells(lock);
    int undo = undoCells(lock);
    return new LockSite(
        name,
        WaitWord.key(lock),
        words,
        at,
        field(lock, LockLayout.OPTIONS),
        cells == 0 ? 0 : segment.cell(first),
        cells,
        undo == 0
            ? null
            : new UndoArea(
                name,
                words,
                at + LockLayout.UNDO_LENGTH,
                0,
                segment.cell(first + cells),
                undo * Long.BYTES),
        new Statistics(words, at, true));
  }

  private int undoCells(int lock) {
    boolean hasUndo = kind(lock) == LockKind.MUTEX || kind(lock) == LockKind.READ_WRITE_LOCK;
    return hasUndo ? (int) field(lock, LockLayout.UNDO_CELLS) : 0;
  }

  /** The cells that name owners. */
  private int ownerCells(int lock) {
    return (int) field(lock, LockLayout.CELLS) - undoCells(lock);
  }

  // ---- making ------------------------------------------------------------------------------

  private void requireSame(int lock, Wanted wanted) {
    LockKind kind = kind(lock);
    if (kind != wanted.kind()) {
      throw new WrongLockKindException(
          "lock is of another kind: name=%s, found=%s, asked=%s; choose another name"
              .formatted(wanted.name(), kind, wanted.kind()));
    }
    int undo = undoCells(lock);
    if (undo < wanted.undoCells()) {
      throw new WrongLockKindException(
          "lock has less room for an undo record: name=%s, found=%d bytes, asked=%d; whoever makes it has to ask for the most"
              .formatted(wanted.name(), undo * Long.BYTES, (long) wanted.undoCells() * Long.BYTES));
    }
    long cells = field(lock, LockLayout.CELLS);
    if (kind == LockKind.SEMAPHORE && cells != wanted.permits()) {
      throw new WrongLockKindException(
          "semaphore has another number of permits: name=%s, found=%d, asked=%d; everybody has to ask for the same"
              .formatted(wanted.name(), cells, wanted.permits()));
    }
  }

  private int make(Wanted wanted) {
    OptionalInt free = freeSlot();
    if (free.isEmpty()) {
      throwAwayUnused();
      free = freeSlot();
    }
    int lock = free.orElseThrow(() -> full(wanted));
    int cells = cellsOf(wanted);
    int first = cells == 0 ? 0 : placeForCells(cells, wanted);
    segment.raise(SegmentLayout.HIGH_LOCK, lock + 1L);
    long generation = LockLayout.generation(field(lock, LockLayout.STATE)) + 1;
    write(lock, wanted, first, cells);
    words.set(
        segment.lock(lock) + LockLayout.STATE,
        LockLayout.state(LockLayout.STATE_LIVE, generation & 0xFFFF_FFFFL));
    return lock;
  }

  private int cellsOf(Wanted wanted) {
    int ownerCells =
        switch (wanted.kind()) {
          case SEMAPHORE -> wanted.permits();
          case READ_WRITE_LOCK -> segment.participants;
          case MUTEX, CONDITION -> 0;
        };
    return ownerCells + wanted.undoCells();
  }

  private void write(int lock, Wanted wanted, int first, int cells) {
    for (int i = 0; i < cells; i++) {
      words.set(segment.cell(first + i), 0);
    }
    byte[] bytes = new byte[LockLayout.BYTES];
    ByteBuffer entry = LockSegment.buffer(bytes);
    byte[] name = wanted.name().getBytes(StandardCharsets.UTF_8);
    entry.putLong(LockLayout.TOKEN, words.get(SegmentLayout.TOKEN_FLOOR));
    entry.putLong(LockLayout.STATE, field(lock, LockLayout.STATE)); // free, as it is
    entry.putLong(LockLayout.KIND, wanted.kind().code());
    entry.putLong(LockLayout.OPTIONS, wanted.options());
    entry.putLong(LockLayout.FIRST_CELL, first);
    entry.putLong(LockLayout.CELLS, cells);
    entry.putLong(LockLayout.CREATED, membership.platform().epochNanos());
    entry.putLong(
        LockLayout.MUTEX,
        wanted.kind() == LockKind.CONDITION ? wanted.mutex() : wanted.undoCells());
    entry.putLong(LockLayout.NAME_LENGTH, name.length);
    entry.put(LockLayout.NAME, name);
    entry.putLong(LockLayout.CRC, crc(bytes));
    entry.putLong(LockLayout.OPENERS + (me >>> 6) * Long.BYTES, 1L << me);
    words.setBytes(segment.lock(lock), bytes);
  }

  private OptionalInt freeSlot() {
    int high = segment.highLock();
    for (int lock = 0; lock < high; lock++) {
      if (!isLive(lock)) {
        return OptionalInt.of(lock);
      }
    }
    return high < segment.locks ? OptionalInt.of(high) : OptionalInt.empty();
  }

  private record Span(int first, int end) {}

  private int placeForCells(int cells, Wanted wanted) {
    OptionalInt place = gap(cells);
    if (place.isEmpty()) {
      throwAwayUnused();
      place = gap(cells);
    }
    return place.orElseThrow(() ->
        new LimitExceededException(
            "no room for the lock's cells: space=%s, name=%s, asked=%d, cells=%d; ask for fewer permits, or let whoever asks for the space's first lock ask for more (LockSizes)"
                .formatted(membership.space(), wanted.name(), cells, segment.cells)));
  }

  private OptionalInt gap(int cells) {
    List<Span> used = new ArrayList<>();
    int high = segment.highLock();
    for (int lock = 0; lock < high; lock++) {
      if (isLive(lock) && field(lock, LockLayout.CELLS) > 0) {
        int first = (int) field(lock, LockLayout.FIRST_CELL);
        used.add(new Span(first, first + (int) field(lock, LockLayout.CELLS)));
      }
    }
    used.sort(Comparator.comparingInt(Span::first));
    int at = 0;
    for (Span span : used) {
      if (span.first() - at >= cells) {
        return OptionalInt.of(at);
      }
      at = Math.max(at, span.end());
    }
    return segment.cells - at >= cells ? OptionalInt.of(at) : OptionalInt.empty();
  }

  // ---- throwing away -----------------------------------------------------------------------

  private void throwAwayUnused() {
    int high = segment.highLock();
    for (int lock = 0; lock < high; lock++) {
      if (isLive(lock) && !isUsed(lock)) {
        throwAway(lock);
      }
    }
  }

  private boolean isUsed(int lock) {
    long word = field(lock, LockLayout.WORD) & ~OwnerWord.WAITERS;
    return word != 0 || hasOpener(lock) || hasLivingCell(lock);
  }

  private boolean hasOpener(int lock) {
    for (int slot = 0; slot < segment.highParticipant(); slot++) {
      long row = field(lock, LockLayout.OPENERS + (slot >>> 6) * Long.BYTES);
      if ((row >>> slot & 1) != 0 && membership.participant(slot).isPresent()) {
        return true;
      }
    }
    return false;
  }

  private boolean hasLivingCell(int lock) {
    int first = (int) field(lock, LockLayout.FIRST_CELL);
    int cells = ownerCells(lock);
    for (int i = 0; i < cells; i++) {
      long owner = OwnerWord.participant(words.get(segment.cell(first + i)));
      if (owner != 0 && membership.hasPlace(owner)) {
        return true;
      }
    }
    return false;
  }

  private void throwAway(int lock) {
    long token = field(lock, LockLayout.TOKEN);
    if (words.get(SegmentLayout.TOKEN_FLOOR) < token) {
      words.set(SegmentLayout.TOKEN_FLOOR, token);
    }
    long generation = LockLayout.generation(field(lock, LockLayout.STATE));
    words.set(
        segment.lock(lock) + LockLayout.STATE, LockLayout.state(LockLayout.STATE_FREE, generation));
  }

  // ---- who has it open ---------------------------------------------------------------------

  private void noteOpener(int lock) {
    words.or(openers(lock), 1L << me);
  }

  /** Clears this participant's mark everywhere: it has nothing open. */
  void forgetOpener() {
    membership.exclusively(() -> {
      for (int lock = 0; lock < segment.highLock(); lock++) {
        words.and(openers(lock), ~(1L << me));
      }
      return me;
    });
  }

  private long openers(int lock) {
    return segment.lock(lock) + LockLayout.OPENERS + (long) (me >>> 6) * Long.BYTES;
  }

  // ---- checks ------------------------------------------------------------------------------

  private byte[] checkedEntry(int lock) {
    byte[] bytes = words.getBytes(segment.lock(lock), LockLayout.CONTENDED);
    ByteBuffer entry = LockSegment.buffer(bytes);
    if (entry.getLong(LockLayout.CRC) != crc(bytes)) {
      throw damaged(lock, "the entry's checksum does not fit");
    }
    long first = entry.getLong(LockLayout.FIRST_CELL);
    long cells = entry.getLong(LockLayout.CELLS);
    long length = entry.getLong(LockLayout.NAME_LENGTH);
    long undo =
        entry.getLong(LockLayout.KIND) == LockKind.CONDITION.code()
            ? 0
            : entry.getLong(LockLayout.UNDO_CELLS);
    boolean inside =
        first >= 0
            && cells >= 0
            && first <= segment.cells - cells
            && undo >= 0
            && undo <= cells
            && length >= 1
            && length <= LockLayout.NAME_BYTES_MAX;
    if (!inside) {
      throw damaged(
          lock, "cells %d + %d of %d, name of %d".formatted(first, cells, segment.cells, length));
    }
    return bytes;
  }

  private CorruptedException damaged(int lock, String what) {
    return new CorruptedException(
        "lock is damaged: space=%s, lock=%d, %s; end the space's participants and remove its regions, then its locks are made anew"
            .formatted(membership.space(), lock, what));
  }

  private LimitExceededException full(Wanted wanted) {
    return new LimitExceededException(
        "too many locks: space=%s, name=%s, locks=%d, all in use; close some spaces, or let whoever asks for the space's first lock ask for more (LockSizes)"
            .formatted(membership.space(), wanted.name(), segment.locks));
  }

  private static long crc(byte[] entry) {
    CRC32C crc = new CRC32C();
    crc.update(entry, LockLayout.KIND, LockLayout.CRC - LockLayout.KIND);
    crc.update(entry, LockLayout.NAME_LENGTH, LockLayout.CONTENDED - LockLayout.NAME_LENGTH);
    return crc.getValue();
  }
}
