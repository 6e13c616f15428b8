package dev.holdfast.resource.file;

import dev.holdfast.resource.file.MapOptions.Schema;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The first 128 bytes of a file with a schema; little-endian whatever the data are. See {@code
 * docs/layout/mapped-file.md}.
 *
 * <p>Bytes 0–63 never change; the checksum of the data, in bytes 64–95, is taken when asked for.
 */
final class FileHeader {
  static final int BYTES = 128;
  static final long FORMAT_MAJOR = 1;
  static final int CHECKSUM = 64;
  static final int CHECKSUM_BYTES = 32;

  private static final byte[] MAGIC = "HFRECORD".getBytes(StandardCharsets.US_ASCII);
  private static final int MAJOR = 8;
  private static final int DATA = 16;
  private static final int LAYOUT_HASH = 24;
  private static final int RECORD_BYTES = 32;
  private static final int VERSION = 40;
  private static final int CREATED = 48;
  private static final int CRC = 56;

  private static final int TAKEN = 0;
  private static final int LENGTH = 8;
  private static final int DATA_CRC = 16;
  private static final int PART_CRC = 24;

  private FileHeader() {}

  static byte[] encode(Schema schema, long createdEpochNanos) {
    byte[] bytes = new byte[BYTES];
    ByteBuffer header = over(bytes).put(0, MAGIC);
    header.putLong(MAJOR, FORMAT_MAJOR).putLong(DATA, BYTES);
    header.putLong(LAYOUT_HASH, schema.layout().layoutHash());
    header.putLong(RECORD_BYTES, schema.layout().byteSize());
    header.putLong(VERSION, schema.version()).putLong(CREATED, createdEpochNanos);
    header.putLong(CRC, crc(bytes, 0, CRC));
    return bytes;
  }

  /**
   * @throws MappedFileCorruptedException if it is no header, or a damaged one
   * @throws SchemaMismatchException if it is the header of something else
   */
  static void require(Path path, byte[] bytes, Schema schema) {
    ByteBuffer header = over(bytes);
    if (header.slice(0, MAGIC.length).mismatch(ByteBuffer.wrap(MAGIC)) >= 0) {
      throw new MappedFileCorruptedException(
          "file has no header: path=%s; it is bare (open it without a schema) or something else"
              .formatted(path));
    }
    if (header.getLong(CRC) != crc(bytes, 0, CRC)) {
      throw new MappedFileCorruptedException(
          "header is damaged: path=%s, checksum=%08x, computed=%08x"
              .formatted(path, header.getLong(CRC), crc(bytes, 0, CRC)));
    }
    requireSame(path, "format", header.getLong(MAJOR), FORMAT_MAJOR, "it needs another Holdfast");
    requireSame(
        path,
        "record bytes",
        header.getLong(RECORD_BYTES),
        schema.layout().byteSize(),
        "expected " + schema.layout().description());
    requireSame(
        path,
        "layout hash",
        header.getLong(LAYOUT_HASH),
        schema.layout().layoutHash(),
        "expected " + schema.layout().description());
    requireSame(
        path, "version", header.getLong(VERSION), schema.version(), "open it with its version");
  }

  private static void requireSame(Path path, String what, long found, long expected, String hint) {
    if (found != expected) {
      throw new SchemaMismatchException(
          "file was written with another %s: path=%s, found=%d, expected=%d; %s"
              .formatted(what, path, found, expected, hint));
    }
  }

  /** The checksum part: that of {@code length} bytes of data. */
  static byte[] encodeChecksum(long length, long crc) {
    byte[] bytes = new byte[CHECKSUM_BYTES];
    ByteBuffer part = over(bytes);
    part.putLong(TAKEN, 1).putLong(LENGTH, length).putLong(DATA_CRC, crc);
    part.putLong(PART_CRC, crc(bytes, 0, PART_CRC));
    return bytes;
  }

  /**
   * Whether a checksum was taken: until then its part is zero.
   *
   * @throws MappedFileCorruptedException if the part is neither that nor what was written
   */
  static boolean hasChecksum(Path path, byte[] part) {
    if (Arrays.equals(part, new byte[CHECKSUM_BYTES])) {
      return false;
    }
    if (part.length != CHECKSUM_BYTES
        || over(part).getLong(TAKEN) != 1
        || over(part).getLong(PART_CRC) != crc(part, 0, PART_CRC)) {
      throw new MappedFileCorruptedException(
          "checksum is damaged: path=%s; whether the data are, cannot be told".formatted(path));
    }
    return true;
  }

  static long checksumLength(byte[] part) {
    return over(part).getLong(LENGTH);
  }

  static long checksum(byte[] part) {
    return over(part).getLong(DATA_CRC);
  }

  private static ByteBuffer over(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static long crc(byte[] bytes, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, to - from);
    return crc.getValue();
  }
}
