package dev.holdfast.region;

/** Where the fields of the catalog section stand, from its start. */
final class CatalogLayout {
  static final int ACTOR = 0;
  static final int HIGH_SLOT = 8;
  static final int REGIONS_IN_USE = 16;
  static final int BYTES_IN_USE = 24;
  static final int LIMIT_SPACE_BYTES = 32;
  static final int LIMIT_REGION_BYTES = 40;
  static final int LIMIT_PARTICIPANT_BYTES = 48;
  static final int LIMIT_REGIONS = 56;
  static final int LIMIT_PARTICIPANTS = 64;
  static final int SWEEP_INTERVAL_NANOS = 72;
  static final int EVENTS_RECORDED = 80;
  static final int LAST_SWEEP = 88;
  static final int SWEEPS = 96;
  static final int RECOVERIES = 104;
  static final int JOINS = 112;
  static final int RECLAIMED = 120;
  static final int UNDONE = 128;
  static final int BYTES = 512;

  private CatalogLayout() {}
}
