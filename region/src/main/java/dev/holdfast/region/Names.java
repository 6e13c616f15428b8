package dev.holdfast.region;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Which names are allowed, and what they are called in the operating system. */
final class Names {
  private static final Pattern SPACE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern REGION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,119}");

  static String requireSpaceName(String name) {
    if (!SPACE.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "not a space name: name=\"%s\"; use 1 to 64 letters, digits, '.', '_' or '-', starting with a letter or digit"
              .formatted(name));
    }
    return name;
  }

  static String requireRegionName(String name) {
    if (!REGION.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "not a region name: name=\"%s\"; use 1 to 120 letters, digits or . _ : / @ + -, starting with a letter or digit"
              .formatted(name));
    }
    if (RegionId.looksLikeId(name)) {
      throw new IllegalArgumentException(
          "not a region name: name=\"%s\" reads as a region id; choose another".formatted(name));
    }
    return name;
  }

  /** What tells this space's objects from all others on the machine. */
  static String spaceHash(String realRoot, String space) {
    byte[] digest = sha256((realRoot + "/" + space).getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest, 0, 6);
  }

  static String controlObject(String spaceHash) {
    return "/hf-" + spaceHash + "-ctl";
  }

  static String annexObject(String spaceHash, Membership.AnnexName annex) {
    return "/hf-" + spaceHash + "-" + annex.suffix();
  }

  static String regionObject(String spaceHash, RegionId id) {
    return "/hf-" + spaceHash + "-" + id;
  }

  /** FNV-1a, never 0. */
  static long hash(String name) {
    long hash = 0xCBF2_9CE4_8422_2325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * 0x100_0000_01B3L;
    }
    return hash == 0 ? 1 : hash;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private Names() {}
}
