package dev.holdfast.region;

import static dev.holdfast.region.RegionLayout.BACKING_FILE;
import static dev.holdfast.region.RegionLayout.BACKING_SHM;
import static dev.holdfast.region.RegionLayout.POLICY_AUTOMATIC;
import static dev.holdfast.region.RegionLayout.POLICY_MANUAL;
import static dev.holdfast.region.RegionLayout.POLICY_REFERENCE_COUNTED;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The part of a region's entry that does not change while the region lives: written before its slot
 * becomes CREATING, read as a private copy and checked.
 */
record RegionEntry(
    long bytes,
    boolean file,
    RegionPolicy policy,
    int permissions,
    boolean zeroOnReclaim,
    boolean deleteFile,
    OwnerDeath onOwnerDeath,
    long createdEpochNanos,
    long owner,
    long ownerPid,
    long ownerUid,
    long handle,
    String name,
    String path,
    Map<String, String> metadata) {

  /** The whole entry as bytes, statistics zero. */
  byte[] toBytes() {
    byte[] bytes = new byte[RegionLayout.BYTES];
    ByteBuffer entry = Geometry.buffer(bytes);
    byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
    byte[] pathBytes = path.getBytes(StandardCharsets.UTF_8);
    byte[] metadataBytes = metadataText(metadata).getBytes(StandardCharsets.UTF_8);
    entry.putLong(RegionLayout.SIZE, bytes());
    entry.putLong(RegionLayout.BACKING, file ? BACKING_FILE : BACKING_SHM);
    entry.putLong(RegionLayout.POLICY, policyCode());
    entry.putLong(RegionLayout.POLICY_NANOS, policyNanos());
    entry.putLong(RegionLayout.PERMISSIONS, permissions);
    entry.putLong(RegionLayout.OPTIONS, options());
    entry.putLong(RegionLayout.CREATED, createdEpochNanos);
    entry.putLong(RegionLayout.OWNER, owner);
    entry.putLong(RegionLayout.OWNER_PID, ownerPid);
    entry.putLong(RegionLayout.OWNER_UID, ownerUid);
    entry.putLong(RegionLayout.HANDLE, handle);
    entry.putLong(RegionLayout.NAME_LENGTH, nameBytes.length);
    entry.putLong(RegionLayout.PATH_LENGTH, pathBytes.length);
    entry.putLong(RegionLayout.METADATA_LENGTH, metadataBytes.length);
    entry.put(RegionLayout.NAME, nameBytes);
    entry.put(RegionLayout.PATH, pathBytes);
    entry.put(RegionLayout.METADATA, metadataBytes);
    entry.putLong(RegionLayout.CRC, crc(bytes));
    return bytes;
  }

  /** Reads and checks a private copy; empty, or what is wrong with it in {@code damage}. */
  static Optional<RegionEntry> parse(byte[] bytes, StringBuilder damage) {
    ByteBuffer entry = Geometry.buffer(bytes);
    if (entry.getLong(RegionLayout.CRC) != crc(bytes)) {
      damage.append("its checksum does not fit");
      return Optional.empty();
    }
    long size = entry.getLong(RegionLayout.SIZE);
    long backing = entry.getLong(RegionLayout.BACKING);
    long policy = entry.getLong(RegionLayout.POLICY);
    long nanos = entry.getLong(RegionLayout.POLICY_NANOS);
    long options = entry.getLong(RegionLayout.OPTIONS);
    boolean sane =
        size >= 1
            && (backing == BACKING_SHM || backing == BACKING_FILE)
            && policy >= POLICY_AUTOMATIC
            && policy <= POLICY_REFERENCE_COUNTED
            && nanos >= 0
            && OwnerDeath.isKnown(options)
            && length(entry, RegionLayout.NAME_LENGTH, RegionLayout.NAME_BYTES_MAX)
            && length(entry, RegionLayout.PATH_LENGTH, RegionLayout.PATH_BYTES_MAX)
            && length(entry, RegionLayout.METADATA_LENGTH, RegionLayout.METADATA_BYTES_MAX);
    if (!sane) {
      damage.append(
          "size=%d, backing=%d, policy=%d, options=0x%x".formatted(size, backing, policy, options));
      return Optional.empty();
    }
    return Optional.of(
        new RegionEntry(
            size,
            backing == BACKING_FILE,
            policyOf(policy, nanos),
            (int) entry.getLong(RegionLayout.PERMISSIONS),
            (options & RegionLayout.OPTION_ZERO) != 0,
            (options & RegionLayout.OPTION_DELETE_FILE) != 0,
            OwnerDeath.of(options),
            entry.getLong(RegionLayout.CREATED),
            entry.getLong(RegionLayout.OWNER),
            entry.getLong(RegionLayout.OWNER_PID),
            entry.getLong(RegionLayout.OWNER_UID),
            entry.getLong(RegionLayout.HANDLE),
            text(bytes, entry, RegionLayout.NAME, RegionLayout.NAME_LENGTH),
            text(bytes, entry, RegionLayout.PATH, RegionLayout.PATH_LENGTH),
            metadataOf(text(bytes, entry, RegionLayout.METADATA, RegionLayout.METADATA_LENGTH))));
  }

  RegionEntry withHandle(long newHandle) {
    return new RegionEntry(
        bytes,
        file,
        policy,
        permissions,
        zeroOnReclaim,
        deleteFile,
        onOwnerDeath,
        createdEpochNanos,
        owner,
        ownerPid,
        ownerUid,
        newHandle,
        name,
        path,
        metadata);
  }

  RegionId id() {
    return new RegionId(handle);
  }

  /** Shared memory it takes: none when a file stands behind it. */
  long chargedBytes() {
    return file ? 0 : bytes;
  }

  static String metadataText(Map<String, String> metadata) {
    StringBuilder text = new StringBuilder();
    metadata.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
    return text.toString();
  }

  private static Map<String, String> metadataOf(String text) {
    Map<String, String> metadata = new LinkedHashMap<>();
    text.lines()
        .forEach(line -> {
          int equals = line.indexOf('=');
          if (equals > 0) {
            metadata.put(line.substring(0, equals), line.substring(equals + 1));
          }
        });
    return Collections.unmodifiableMap(metadata);
  }

  private long policyCode() {
    return switch (policy) {
      case RegionPolicy.Automatic _ -> POLICY_AUTOMATIC;
      case RegionPolicy.Manual _ -> POLICY_MANUAL;
      case RegionPolicy.ReferenceCounted _ -> POLICY_REFERENCE_COUNTED;
    };
  }

  private long policyNanos() {
    return switch (policy) {
      case RegionPolicy.Automatic automatic -> automatic.timeout().toNanos();
      case RegionPolicy.Manual _ -> 0;
      case RegionPolicy.ReferenceCounted counted -> counted.grace().toNanos();
    };
  }

  private static RegionPolicy policyOf(long code, long nanos) {
    if (code == POLICY_AUTOMATIC) {
      return RegionPolicy.automatic(Duration.ofNanos(nanos));
    }
    return code == POLICY_MANUAL
        ? RegionPolicy.manual()
        : RegionPolicy.referenceCounted(Duration.ofNanos(nanos));
  }

  private long options() {
    return (zeroOnReclaim ? RegionLayout.OPTION_ZERO : 0)
        | (deleteFile ? RegionLayout.OPTION_DELETE_FILE : 0)
        | onOwnerDeath.toOptions();
  }

  private static long crc(byte[] bytes) {
    return Crc.of(bytes, 0, RegionLayout.CRC, RegionLayout.MUTABLE_END, RegionLayout.BYTES);
  }

  private static boolean length(ByteBuffer entry, int at, int most) {
    long length = entry.getLong(at);
    return length >= 0 && length <= most;
  }

  private static String text(byte[] bytes, ByteBuffer entry, int at, int lengthAt) {
    return new String(bytes, at, (int) entry.getLong(lengthAt), StandardCharsets.UTF_8);
  }
}
