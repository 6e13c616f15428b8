package dev.holdfast.region;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * What a new region is to be. Immutable: each method returns a changed copy.
 *
 * <pre>{@code
 * RegionSpec.named("frame-42").bytes(1L << 30).policy(RegionPolicy.manual())
 * RegionSpec.named("input").file(Path.of("big.bin")).readOnly()
 * }</pre>
 */
public final class RegionSpec implements Cloneable {
  private final String name;
  private long bytes;
  private Optional<String> path = Optional.empty();
  private boolean readOnly;
  private RegionPolicy policy = RegionPolicy.referenceCounted();
  private int permissions = 0600;
  private boolean zeroOnReclaim;
  private OwnerDeath onOwnerDeath = OwnerDeath.KEEP;
  private Map<String, String> metadata = Map.of();
  private LongConsumer progress = _ -> {};

  private RegionSpec(String name) {
    this.name = name;
  }

  /**
   * A region of that name: shared memory, reference-counted, for this user only, its size still to
   * be said.
   *
   * @param name 1 to 120 letters, digits or {@code . _ : / @ + -}, starting with a letter or digit
   * @throws IllegalArgumentException if the name is not allowed
   */
  public static RegionSpec named(String name) {
    return new RegionSpec(Names.requireRegionName(name));
  }

  /**
   * Its exact size.
   *
   * @throws IllegalArgumentException if not positive
   */
  public RegionSpec bytes(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException(
          "a region has at least one byte: name=%s, bytes=%d".formatted(name, bytes));
    }
    RegionSpec copy = copy();
    copy.bytes = bytes;
    return copy;
  }

  /**
   * Lets a file stand behind the region instead of shared memory. An existing file is used as it is
   * and never deleted; without {@link #bytes} the region is as long as the file. A file that does
   * not exist is made, {@link #bytes} long, and deleted when the region is given back.
   *
   * @throws IllegalArgumentException if the path is longer than 384 bytes
   */
  public RegionSpec file(Path file) {
    String resolved = resolve(file);
    int length = resolved.getBytes(StandardCharsets.UTF_8).length;
    if (length > RegionLayout.PATH_BYTES_MAX) {
      throw new IllegalArgumentException(
          "path too long for a region: bytes=%d, most=%d, path=%s"
              .formatted(length, RegionLayout.PATH_BYTES_MAX, resolved));
    }
    RegionSpec copy = copy();
    copy.path = Optional.of(resolved);
    return copy;
  }

  /** The creator, too, only reads it: for a region over an existing file. */
  public RegionSpec readOnly() {
    RegionSpec copy = copy();
    copy.readOnly = true;
    return copy;
  }

  /** When its memory is given back by itself. */
  public RegionSpec policy(RegionPolicy policy) {
    RegionSpec copy = copy();
    copy.policy = policy;
    return copy;
  }

  /**
   * The mode bits of its object, set whatever the umask; {@code 0600} unless said.
   *
   * @throws IllegalArgumentException if there are other bits than {@code 0777} in it
   */
  public RegionSpec permissions(int mode) {
    if ((mode & ~0777) != 0) {
      throw new IllegalArgumentException(
          "not the mode of a region: name=%s, mode=0%o; use bits of 0777".formatted(name, mode));
    }
    RegionSpec copy = copy();
    copy.permissions = mode;
    return copy;
  }

  /** Its bytes are set to zero before its memory is given back. */
  public RegionSpec zeroOnReclaim() {
    RegionSpec copy = copy();
    copy.zeroOnReclaim = true;
    return copy;
  }

  /** What happens when this process dies without leaving. */
  public RegionSpec onOwnerDeath(OwnerDeath action) {
    RegionSpec copy = copy();
    copy.onOwnerDeath = action;
    return copy;
  }

  /**
   * Adds a fact about the region for everybody to read, for example its element type and shape.
   *
   * @throws IllegalArgumentException if the key is empty or has {@code =} in it, either has a line
   *     break, or all of them together take more than 256 bytes
   */
  public RegionSpec metadata(String key, String value) {
    Map<String, String> all = new LinkedHashMap<>(metadata);
    all.put(key, value);
    int length = RegionEntry.metadataText(all).getBytes(StandardCharsets.UTF_8).length;
    boolean bad = key.isEmpty() || key.contains("=") || (key + value).contains("\n");
    if (bad || length > RegionLayout.METADATA_BYTES_MAX) {
      throw new IllegalArgumentException(
          "metadata not possible: key=\"%s\", value=\"%s\", bytes=%d, most=%d; no line breaks, no '=' in a key"
              .formatted(key, value, length, RegionLayout.METADATA_BYTES_MAX));
    }
    RegionSpec copy = copy();
    copy.metadata = Collections.unmodifiableMap(all);
    return copy;
  }

  /** Is told how many bytes are allocated so far; a gigabyte takes about half a second. */
  public RegionSpec onProgress(LongConsumer progress) {
    RegionSpec copy = copy();
    copy.progress = progress;
    return copy;
  }

  String name() {
    return name;
  }

  /** 0 when not said. */
  long bytes() {
    return bytes;
  }

  Optional<String> path() {
    return path;
  }

  boolean isReadOnly() {
    return readOnly;
  }

  LongConsumer progress() {
    return progress;
  }

  /** The entry of such a region; {@code deleteFile}: the file is made for it. */
  RegionEntry toEntry(
      long sizeBytes, boolean deleteFile, Actor owner, long uid, long createdEpochNanos) {
    return new RegionEntry(
        sizeBytes,
        path.isPresent(),
        policy,
        permissions,
        zeroOnReclaim,
        deleteFile,
        onOwnerDeath,
        createdEpochNanos,
        owner.handle(),
        owner.pid(),
        uid,
        Handle.NONE,
        name,
        path.orElse(""),
        metadata);
  }

  /** Whether there is a case in which its bytes are set to zero. */
  boolean zeroes() {
    return zeroOnReclaim || onOwnerDeath == OwnerDeath.RESET;
  }

  private RegionSpec copy() {
    try {
      return (RegionSpec) clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError("RegionSpec is Cloneable", e);
    }
  }

  private static String resolve(Path file) {
    try {
      return (Files.exists(file) ? file.toRealPath() : file.toAbsolutePath().normalize())
          .toString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot resolve path=" + file, e);
    }
  }
}
