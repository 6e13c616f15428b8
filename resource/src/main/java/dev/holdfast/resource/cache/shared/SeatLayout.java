package dev.holdfast.resource.cache.shared;

/** One seat: which participant sits there, and what was ever counted there. */
final class SeatLayout {
  static final int BYTES = 128;

  static final int PARTICIPANT = 0;
  static final int HITS = 8;
  static final int MISSES = 16;
  static final int PUTS = 24;
  static final int REFUSED = 32;
  static final int REMOVED = 40;
  static final int REPLACED = 48;
  static final int EVICTED = 56;
  static final int EXPIRED = 64;
  static final int RECOVERED = 72;
  static final int RESERVED = 80;

  private SeatLayout() {}
}
