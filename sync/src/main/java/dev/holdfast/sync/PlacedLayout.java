package dev.holdfast.sync;

import java.util.Optional;

/**
 * Where the fields of a lock placed in a region stand: docs/layout/locks.md. The first five are
 * those of {@link LockLayout}.
 */
final class PlacedLayout {
  /** The bytes "HFLOCK" in the low 48 bits; above them kind and options. */
  static final int MAGIC = 40;

  /** How many cells, how many of them for the undo record, and how long that is. */
  static final int SIZE = 48;

  /** Of which life of which region its words are. */
  static final int LIFE = 56;

  static final int BYTES = 64;

  /** Where in the size word the length of the undo record stands. */
  static final int UNDO_LENGTH_SHIFT = 32;

  private static final int UNDO_SHIFT = 16;
  private static final long MAGIC_BYTES = 0x4B43_4F4C_4648L;
  private static final long MAGIC_MASK = (1L << 48) - 1;
  private static final int KIND_SHIFT = 48;
  private static final int OPTIONS_SHIFT = 56;
  private static final long LIFE_SPREAD = 0x9E37_79B9_7F4A_7C15L;

  private PlacedLayout() {}

  static long magic(LockKind kind, long options) {
    return MAGIC_BYTES | kind.code() << KIND_SHIFT | options << OPTIONS_SHIFT;
  }

  static boolean isMagic(long word) {
    return (word & MAGIC_MASK) == MAGIC_BYTES;
  }

  static long kind(long magic) {
    return magic >>> KIND_SHIFT & 0xFF;
  }

  /** What the word at {@link #MAGIC} says stands there, if a lock does. */
  static Optional<LockKind> kindOf(long word) {
    return isMagic(word) ? LockKind.of(kind(word)) : Optional.empty();
  }

  static long options(long magic) {
    return magic >>> OPTIONS_SHIFT;
  }

  static long size(int ownerCells, int undoCells) {
    return ownerCells | (long) undoCells << UNDO_SHIFT;
  }

  /** The cells that name owners; those of the undo record follow them. */
  static int ownerCells(long size) {
    return (int) (size & 0xFFFF);
  }

  static int undoCells(long size) {
    return (int) (size >>> UNDO_SHIFT & 0xFFFF);
  }

  /** What does not change of a size word: all but the length of the undo record. */
  static long fixed(long size) {
    return size & (1L << UNDO_LENGTH_SHIFT) - 1;
  }

  static long life(long incarnation, long region) {
    return incarnation ^ region * LIFE_SPREAD;
  }

  static long bytes(int cells) {
    return BYTES + (long) cells * Long.BYTES;
  }
}
