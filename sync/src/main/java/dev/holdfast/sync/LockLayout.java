package dev.holdfast.sync;

/** Where the fields of a lock stand: docs/layout/locks.md. */
final class LockLayout {
  static final int WORD = 0;
  static final int TOKEN = 8;
  static final int FAIR_AT = 16;
  static final int HELD_SINCE = 24;
  static final int HELD_SINCE_TOKEN = 32;
  static final int UNDO_LENGTH = 40;
  static final int STATE = 64;
  static final int KIND = 72;
  static final int OPTIONS = 80;
  static final int FIRST_CELL = 88;
  static final int CELLS = 96;
  static final int CREATED = 104;

  /** Of a condition. */
  static final int MUTEX = 112;

  /** Of the others: how many of the cells, the last ones, are for the undo record. */
  static final int UNDO_CELLS = 112;

  static final int CRC = 120;
  static final int NAME_LENGTH = 128;
  static final int NAME = 136;
  static final int NAME_BYTES_MAX = 120;
  static final int CONTENDED = 256;
  static final int HAND_OVERS = 264;
  static final int OWNERS_DIED = 272;
  static final int VICTIMS = 280;
  static final int TIME_OUTS = 288;
  static final int WAIT_NANOS = 296;
  static final int HOLD_NANOS = 304;
  static final int HOLDS_SAMPLED = 312;
  static final int WAIT_TIMES = 320;
  static final int HOLD_TIMES = 480;
  static final int BUCKETS = 20;
  static final int OPENERS = 640;
  static final int BYTES = 768;

  static final long STATE_FREE = 0;
  static final long STATE_LIVE = 1;

  static final long OPTION_FAIR = 1;
  static final long OPTION_READ_BIASED = 2;

  private LockLayout() {}

  static long state(long state, long generation) {
    return generation << 32 | state;
  }

  static boolean isLive(long word) {
    return (word & 0xFF) == STATE_LIVE;
  }

  static long generation(long word) {
    return word >>> 32;
  }
}
