package dev.holdfast.region;

/** Where the fields of a region's entry stand, from its start. */
final class RegionLayout {
  // Written before the slot becomes CREATING, unchanged until it is FREE; covered by the CRC.
  static final int SIZE = 0;
  static final int BACKING = 8;
  static final int POLICY = 16;
  static final int POLICY_NANOS = 24;
  static final int PERMISSIONS = 32;
  static final int OPTIONS = 40;
  static final int CREATED = 48;
  static final int OWNER = 56;
  static final int OWNER_PID = 64;
  static final int OWNER_UID = 72;
  static final int HANDLE = 80;
  static final int NAME_LENGTH = 88;
  static final int PATH_LENGTH = 96;
  static final int METADATA_LENGTH = 104;
  static final int CRC = 120;

  // Change while the region lives.
  static final int LAST_ACCESS = 128;
  static final int OPENS = 136;
  static final int WRITABLE_OPENS = 144;
  static final int UNHELD_SINCE = 152;
  static final int CHECKSUM_HANDLE = 160;
  static final int CHECKSUM = 168;
  static final int CHECKSUM_TAKEN = 176;
  static final int FORCED = 184;
  static final int FILE_MADE = 192;
  static final int OWNER_DEATH_ACTED = 200;
  static final int MUTABLE_END = 256;

  static final int NAME = 256;
  static final int NAME_BYTES_MAX = 120;
  static final int PATH = 384;
  static final int PATH_BYTES_MAX = 384;
  static final int METADATA = 768;
  static final int METADATA_BYTES_MAX = 256;
  static final int BYTES = 1024;

  static final long BACKING_SHM = 1;
  static final long BACKING_FILE = 2;

  static final long POLICY_AUTOMATIC = 1;
  static final long POLICY_MANUAL = 2;
  static final long POLICY_REFERENCE_COUNTED = 3;

  static final long OPTION_ZERO = 1;
  static final long OPTION_DELETE_FILE = 2;
  static final int OPTION_OWNER_DEATH_SHIFT = 8;

  private RegionLayout() {}
}
