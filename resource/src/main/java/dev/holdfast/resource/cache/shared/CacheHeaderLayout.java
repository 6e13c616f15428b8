package dev.holdfast.resource.cache.shared;

/** The header of a shared cache, bytes 0–4095 of its region; see docs/layout/shared-cache.md. */
final class CacheHeaderLayout {
  static final int BYTES = 4096;
  static final String MAGIC = "HFSCACHE";
  static final long MAJOR = 1;
  static final long MINOR = 0;
  static final long BYTE_ORDER = 0x0102030405060708L;
  static final int CODEC_NAME_BYTES_MAX = 40;

  static final int MAGIC_AT = 0;
  static final int MAJOR_AT = 8;
  static final int MINOR_AT = 16;
  static final int REQUIRED_FEATURES_AT = 24;
  static final int OPTIONAL_FEATURES_AT = 32;
  static final int BYTE_ORDER_AT = 40;
  static final int BYTES_AT = 48;
  static final int INCARNATION_AT = 56;
  static final int CREATED_AT = 64;
  static final int HASH_SEED_AT = 72;
  static final int SEATS_AT = 80;
  static final int SETS_AT = 88;
  static final int SLOTS_AT = 96;
  static final int BLOCKS_AT = 104;
  static final int BLOCK_BYTES_AT = 112;
  static final int ENTRY_BYTES_MAX_AT = 120;
  static final int TIME_TO_LIVE_AT = 128;
  static final int SEATS_OFFSET_AT = 136;
  static final int SETS_OFFSET_AT = 144;
  static final int SLOTS_OFFSET_AT = 152;
  static final int BLOCK_WORDS_OFFSET_AT = 160;
  static final int BLOCKS_OFFSET_AT = 168;
  static final int KEY_CODEC_LENGTH_AT = 176;
  static final int KEY_CODEC_AT = 184;
  static final int VALUE_CODEC_LENGTH_AT = 224;
  static final int VALUE_CODEC_AT = 232;
  static final int RESERVED_AT = 272;
  static final int CRC_AT = 1016;
  static final int READY_AT = 1024;
  static final int HAND_AT = 2048;

  private CacheHeaderLayout() {}
}
