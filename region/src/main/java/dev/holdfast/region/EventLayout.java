package dev.holdfast.region;

/** Where the fields of an event's record stand, from its start. */
final class EventLayout {
  static final int SEQUENCE = 0;
  static final int AT = 8;
  static final int KIND = 16;
  static final int ACTOR = 24;
  static final int REGION = 32;
  static final int VALUE = 40;
  static final int ACTOR_PID = 48;
  static final int TEXT_LENGTH = 56;
  static final int TEXT = 64;
  static final int TEXT_BYTES_MAX = 56;
  static final int CRC = 120;
  static final int BYTES = 128;

  private EventLayout() {}
}
