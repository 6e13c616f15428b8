package dev.holdfast.sync;

/** Where the fields of the lock segment's header stand: docs/layout/locks.md. */
final class SegmentLayout {
  /** The bytes "HFLOCKS1", read as a little-endian word. */
  static final long MAGIC = 0x3153_4B43_4F4C_4648L;

  static final long MAJOR = 1;
  static final long MINOR = 0;

  static final int MAGIC_AT = 0;
  static final int MAJOR_AT = 8;
  static final int MINOR_AT = 16;
  static final int BYTES_AT = 24;
  static final int INCARNATION_AT = 32;
  static final int PARTICIPANTS_AT = 40;
  static final int CONTEXTS_AT = 48;
  static final int LOCKS_AT = 56;
  static final int CELLS_AT = 64;
  static final int DOORBELLS_START_AT = 72;
  static final int WAITS_START_AT = 80;
  static final int CONTEXTS_START_AT = 88;
  static final int LOCKS_START_AT = 96;
  static final int CELLS_START_AT = 104;
  static final int CRC_AT = 112;
  static final int READY_AT = 120;
  static final int HIGH_CONTEXT = 192;
  static final int HIGH_LOCK = 200;
  static final int TOKEN_FLOOR = 208;
  static final int DEADLOCKS_BROKEN = 216;
  static final int OWNERS_DIED = 224;
  static final int TICKETS = 232;
  static final int HIGH_PARTICIPANT = 240;
  static final int BYTES = 4096;

  static final int ALIGNMENT = 4096;
  static final int DOORBELL_STRIDE = 64;
  static final int CONTEXTS_MIN = 64;
  static final int CONTEXTS_MAX = 8190;
  static final int LOCKS_MAX = 65_535;
  static final int CELLS_MIN = 64;
  static final int CELLS_MAX = 1 << 24;

  private SegmentLayout() {}
}
