package dev.holdfast.region;

/** Where the fields of the control segment's header stand: docs/layout/control-segment.md. */
final class HeaderLayout {
  /** The bytes "HOLDFAST", read as a little-endian word. */
  static final long MAGIC = 0x5453_4146_444C_4F48L;

  static final long MAJOR = 1;
  static final long MINOR = 0;
  static final long BYTE_ORDER_MARK = 0x0102_0304_0506_0708L;

  /** Required features that this version knows. */
  static final long KNOWN_FEATURES = 0;

  static final int MAGIC_AT = 0;
  static final int MAJOR_AT = 8;
  static final int MINOR_AT = 16;
  static final int REQUIRED_FEATURES_AT = 24;
  static final int OPTIONAL_FEATURES_AT = 32;
  static final int BYTE_ORDER_AT = 40;
  static final int BYTES_AT = 48;
  static final int BOOT_ID_AT = 56;
  static final int BOOT_ID_LOW_AT = 64;
  static final int INCARNATION_AT = 72;
  static final int CREATED_AT = 80;
  static final int PARTICIPANTS_AT = 88;
  static final int REGIONS_AT = 96;
  static final int EVENTS_AT = 104;
  static final int SECTION_COUNT_AT = 112;
  static final int NAME_LENGTH_AT = 120;
  static final int NAME_AT = 128;
  static final int NAME_BYTES_MAX = 64;
  static final int SECTIONS_AT = 512;
  static final int SECTION_STRIDE = 32;
  static final int SECTIONS_MAX = 15;
  static final int CRC_AT = 1016;
  static final int READY_AT = 1024;
  static final int BYTES = 4096;

  static final int SECTION_CATALOG = 1;
  static final int SECTION_PARTICIPANTS = 2;
  static final int SECTION_STATES = 3;
  static final int SECTION_NAMES = 4;
  static final int SECTION_LEDGER = 5;
  static final int SECTION_REGIONS = 6;
  static final int SECTION_EVENTS = 7;
  static final int SECTIONS = 7;

  static final int PARTICIPANTS_MAX = 1024;
  static final int REGIONS_MAX = 65_535;
  static final int EVENTS_MIN = 64;
  static final int EVENTS_MAX = 65_536;

  private HeaderLayout() {}
}
