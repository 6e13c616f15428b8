package dev.holdfast.region;

/**
 * Where the fields of a participant's entry stand, and how its first word packs state and
 * generation.
 *
 * <pre>
 * 63            32 31             0
 * ┌───────────────┬────────────────┐
 * │  generation   │ 0 FREE, 1 LIVE │
 * └───────────────┴────────────────┘
 * </pre>
 */
final class ParticipantLayout {
  static final int WORD = 0;
  static final int PID = 8;
  static final int START_TIME = 16;
  static final int PID_NAMESPACE = 24;
  static final int UID = 32;
  static final int JOINED = 40;
  static final int KIND = 48;
  static final int BYTES_IN_USE = 56;
  static final int LABEL_LENGTH = 128;
  static final int LABEL = 136;
  static final int LABEL_BYTES_MAX = 120;
  static final int BYTES = 256;

  static final long FREE = 0;
  static final long LIVE = 1;

  static long word(long state, long generation) {
    return generation << 32 | state;
  }

  static long state(long word) {
    return word & 0xFFFF_FFFFL;
  }

  static long generation(long word) {
    return word >>> 32;
  }

  private ParticipantLayout() {}
}
