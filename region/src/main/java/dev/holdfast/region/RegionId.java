package dev.holdfast.region;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What names one region for ever: the slot it stands in and how often that slot was used. Its text
 * form is {@code r} and the handle in hexadecimal, for example {@code r10000}; it never names
 * another region later.
 *
 * @param handle {@code generation << 16 | slot}
 */
public record RegionId(long handle) {
  private static final Pattern TEXT = Pattern.compile("r[0-9a-f]{5,12}");

  /**
   * @throws IllegalArgumentException if the handle has no generation or does not fit 48 bits
   */
  public RegionId {
    if (handle >>> 16 == 0 || handle >>> 48 != 0) {
      throw new IllegalArgumentException("not a region handle: handle=0x%x".formatted(handle));
    }
  }

  /** The id written as {@code text}; empty if it is not written like one. */
  public static Optional<RegionId> parse(String text) {
    if (!looksLikeId(text)) {
      return Optional.empty();
    }
    long handle = Long.parseLong(text, 1, text.length(), 16);
    return Handle.generation(handle) == 0 ? Optional.empty() : Optional.of(new RegionId(handle));
  }

  static boolean looksLikeId(String text) {
    return TEXT.matcher(text).matches();
  }

  /** The slot in the region table. */
  public int slot() {
    return Handle.slot(handle);
  }

  /** How often the slot was used. */
  public long generation() {
    return Handle.generation(handle);
  }

  @Override
  public String toString() {
    return "r" + Long.toHexString(handle);
  }
}
