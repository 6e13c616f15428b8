package dev.holdfast.cli;

import dev.holdfast.worker.NdArray;
import dev.holdfast.worker.Result;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the demonstration computes of a slice.
 *
 * @param sha256 in hexadecimal
 * @param histogram how often each byte value occurs; null from a Python without NumPy
 * @param crc32 what such a Python computes instead; null from one with NumPy
 */
// Arrays and nulls: the shape of the JSON that demo.py prints; compared by agrees().
@SuppressWarnings("ArrayRecordComponent")
record DemoDigest(String sha256, long @Nullable [] histogram, @Nullable Long crc32) {
  private static final int CHUNK_BYTES = 1 << 20;

  /** Java's own. */
  static DemoDigest of(NdArray slice) {
    MessageDigest sha256 = newSha256();
    CRC32 crc32 = new CRC32();
    long[] histogram = new long[256];
    byte[] chunk = new byte[CHUNK_BYTES];
    MemorySegment bytes = slice.segment();
    for (long at = 0; at < bytes.byteSize(); at += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, bytes.byteSize() - at);
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, chunk, 0, length);
      sha256.update(chunk, 0, length);
      crc32.update(chunk, 0, length);
      for (int i = 0; i < length; i++) {
        histogram[chunk[i] & 0xff]++;
      }
    }
    return new DemoDigest(HexFormat.of().formatHex(sha256.digest()), histogram, crc32.getValue());
  }

  /** A worker's. */
  static DemoDigest of(Result result) {
    return parse(result.json());
  }

  static DemoDigest parse(String json) {
    JsonNode digest = JsonMapper.shared().readTree(json);
    JsonNode histogram = digest.get("histogram");
    JsonNode crc32 = digest.get("crc32");
    return new DemoDigest(
        digest.path("sha256").asString(),
        histogram == null ? null : histogram.valueStream().mapToLong(JsonNode::asLong).toArray(),
        crc32 == null ? null : crc32.asLong());
  }

  /** Whether what both have is equal, and something beside the SHA-256 is. */
  boolean agrees(DemoDigest other) {
    boolean histograms =
        histogram != null && other.histogram != null && Arrays.equals(histogram, other.histogram);
    boolean checksums = crc32 != null && crc32.equals(other.crc32);
    return sha256.equals(other.sha256) && (histograms || checksums);
  }

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
