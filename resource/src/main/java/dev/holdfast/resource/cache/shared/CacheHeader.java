package dev.holdfast.resource.cache.shared;

import static dev.holdfast.resource.cache.shared.CacheHeaderLayout.*;

import dev.holdfast.platform.Words;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * What a cache's region says of itself; read once, on a private copy.
 *
 * @param geometry where everything stands
 * @param timeToLiveNanos of an entry that is put without one; 0 for ever
 * @param incarnation random
 * @param createdEpochNanos when it was made
 * @param hashSeed random
 * @param keyCodec name of the keys' codec
 * @param valueCodec name of the values' codec
 */
record CacheHeader(
    CacheGeometry geometry,
    long timeToLiveNanos,
    long incarnation,
    long createdEpochNanos,
    long hashSeed,
    String keyCodec,
    String valueCodec) {

  /** Writes it, the ready word last. */
  void writeTo(Words words) {
    words.setBytes(0, encode());
    words.set(READY_AT, 1);
  }

  private byte[] encode() {
    byte[] bytes = new byte[CRC_AT + Long.BYTES];
    ByteBuffer header = over(bytes);
    header.put(MAGIC_AT, MAGIC.getBytes(StandardCharsets.US_ASCII));
    header.putLong(MAJOR_AT, MAJOR);
    header.putLong(MINOR_AT, MINOR);
    header.putLong(BYTE_ORDER_AT, BYTE_ORDER);
    header.putLong(BYTES_AT, geometry.bytes());
    header.putLong(INCARNATION_AT, incarnation);
    header.putLong(CREATED_AT, createdEpochNanos);
    header.putLong(HASH_SEED_AT, hashSeed);
    header.putLong(SEATS_AT, geometry.seats());
    header.putLong(SETS_AT, geometry.sets());
    header.putLong(SLOTS_AT, geometry.slots());
    header.putLong(BLOCKS_AT, geometry.blocks());
    header.putLong(BLOCK_BYTES_AT, geometry.blockBytes());
    header.putLong(ENTRY_BYTES_MAX_AT, geometry.entryBytesMax());
    header.putLong(TIME_TO_LIVE_AT, timeToLiveNanos);
    header.putLong(SEATS_OFFSET_AT, geometry.seatsOffset());
    header.putLong(SETS_OFFSET_AT, geometry.setsOffset());
    header.putLong(SLOTS_OFFSET_AT, geometry.slotsOffset());
    header.putLong(BLOCK_WORDS_OFFSET_AT, geometry.blockWordsOffset());
    header.putLong(BLOCKS_OFFSET_AT, geometry.blocksOffset());
    putName(header, KEY_CODEC_LENGTH_AT, KEY_CODEC_AT, keyCodec);
    putName(header, VALUE_CODEC_LENGTH_AT, VALUE_CODEC_AT, valueCodec);
    header.putLong(CRC_AT, crc(bytes));
    return bytes;
  }

  /**
   * @param region for messages
   * @throws SharedCacheException if it is no header, of another version, or damaged
   */
  static CacheHeader read(Words words, String region) {
    boolean large = words.byteSize() >= CacheHeaderLayout.BYTES;
    requireEqual(region, "room for a header", large, true, "the region is something else");
    byte[] bytes = words.getBytes(0, CRC_AT + Long.BYTES);
    ByteBuffer header = over(bytes);
    String magic = new String(bytes, MAGIC_AT, Long.BYTES, StandardCharsets.ISO_8859_1);
    requireEqual(region, "magic", magic, MAGIC, "the region is something else");
    requireEqual(
        region,
        "layout",
        header.getLong(MAJOR_AT),
        MAJOR,
        "created by another version, open it with that one");
    requireEqual(region, "checksum", header.getLong(CRC_AT), crc(bytes), "its header is damaged");
    requireEqual(
        region,
        "required features",
        header.getLong(REQUIRED_FEATURES_AT),
        0L,
        "created by a newer version");
    requireEqual(
        region, "byte order", header.getLong(BYTE_ORDER_AT), BYTE_ORDER, "of another machine");
    requireEqual(region, "bytes", header.getLong(BYTES_AT), words.byteSize(), "it was resized");
    requireEqual(region, "ready", words.get(READY_AT), 1L, "its maker never finished it");
    CacheHeader read =
        new CacheHeader(
            geometry(header),
            header.getLong(TIME_TO_LIVE_AT),
            header.getLong(INCARNATION_AT),
            header.getLong(CREATED_AT),
            header.getLong(HASH_SEED_AT),
            name(header, KEY_CODEC_LENGTH_AT, KEY_CODEC_AT),
            name(header, VALUE_CODEC_LENGTH_AT, VALUE_CODEC_AT));
    boolean sound = read.geometry.isSound() && hasOffsets(header, read.geometry);
    requireEqual(region, "tables inside", sound, true, "its header makes no sense");
    return read;
  }

  private static boolean hasOffsets(ByteBuffer header, CacheGeometry geometry) {
    return header.getLong(SEATS_OFFSET_AT) == geometry.seatsOffset()
        && header.getLong(SETS_OFFSET_AT) == geometry.setsOffset()
        && header.getLong(SLOTS_OFFSET_AT) == geometry.slotsOffset()
        && header.getLong(BLOCK_WORDS_OFFSET_AT) == geometry.blockWordsOffset()
        && header.getLong(BLOCKS_OFFSET_AT) == geometry.blocksOffset();
  }

  private static CacheGeometry geometry(ByteBuffer header) {
    return new CacheGeometry(
        header.getLong(BYTES_AT),
        number(header, SEATS_AT),
        number(header, SETS_AT),
        number(header, SLOTS_AT),
        number(header, BLOCKS_AT),
        number(header, BLOCK_BYTES_AT),
        number(header, ENTRY_BYTES_MAX_AT));
  }

  /** -1, which nothing is, for what is no int. */
  private static int number(ByteBuffer header, int at) {
    long value = header.getLong(at);
    return value == (int) value ? (int) value : -1;
  }

  private static void putName(ByteBuffer header, int lengthAt, int at, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    header.putLong(lengthAt, bytes.length);
    header.put(at, bytes);
  }

  private static String name(ByteBuffer header, int lengthAt, int at) {
    long length = header.getLong(lengthAt);
    byte[] bytes = new byte[Math.clamp(length, 0, CODEC_NAME_BYTES_MAX)];
    header.get(at, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static void requireEqual(String region, String what, Object found, Object expected, String hint) {
    if (!found.equals(expected)) {
      throw new SharedCacheException(
          "region is not the cache it is opened as: region=%s, %s=%s, expected=%s; %s"
              .formatted(region, what, found, expected, hint));
    }
  }

  private static ByteBuffer over(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  private static long crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, CRC_AT);
    return crc.getValue();
  }
}
