package dev.holdfast.region;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** CRC-32C (Castagnoli) of private copies and of regions. */
final class Crc {
  private static final long CHUNK_BYTES = 1L << 30;

  static long of(byte[] bytes, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, to - from);
    return crc.getValue();
  }

  /** Of two ranges of the same array, one after the other. */
  static long of(byte[] bytes, int from, int to, int from2, int to2) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, to - from);
    crc.update(bytes, from2, to2 - from2);
    return crc.getValue();
  }

  /** Of a whole segment of any size. */
  static long of(MemorySegment segment) {
    CRC32C crc = new CRC32C();
    for (long at = 0; at < segment.byteSize(); at += CHUNK_BYTES) {
      long length = Math.min(CHUNK_BYTES, segment.byteSize() - at);
      crc.update(segment.asSlice(at, length).asByteBuffer());
    }
    return crc.getValue();
  }

  private Crc() {}
}
