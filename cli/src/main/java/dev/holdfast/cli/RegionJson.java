package dev.holdfast.cli;

import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.RegionPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A region as JSON. Fields are added over time, never removed. */
final class RegionJson {
  private RegionJson() {}

  /** What {@code ls} says of it. */
  static Map<String, @Nullable Object> summary(RegionInfo region) {
    return Json.object(
        "id", region.id().toString(),
        "name", region.name(),
        "osName", region.osName(),
        "sizeBytes", region.bytes(),
        "state", Show.constant(region.state()),
        "policy", Show.policy(region.policy()),
        "holders", holders(region),
        "createdAt", region.createdAt().toString(),
        "owner", region.owner().pid());
  }

  /** What {@code inspect} says of it: the summary and more. */
  static Map<String, @Nullable Object> details(String space, RegionInfo region) {
    Map<String, @Nullable Object> all = Json.object("space", space);
    all.putAll(summary(region));
    all.put("holders", labelledHolders(region));
    all.putAll(
        Json.object(
            "ownerUid", region.owner().uid(),
            "ownerPresent", region.owner().present(),
            "backing", Show.constant(region.backing()),
            "policySeconds", seconds(policyTime(region.policy())),
            "mode", Show.mode(region.permissions()),
            "zeroOnReclaim", region.zeroOnReclaim(),
            "onOwnerDeath", Show.constant(region.onOwnerDeath()),
            "sinceAccessSeconds", seconds(region.sinceAccess()),
            "opens", region.opens(),
            "writableOpens", region.writableOpens(),
            "checksum", checksum(region).orElse(null),
            "metadata", region.metadata()));
    return all;
  }

  /** The CRC-32C that was taken of its bytes, in hexadecimal. */
  static Optional<String> checksum(RegionInfo region) {
    return region.checksum().isPresent()
        ? Optional.of("%08x".formatted(region.checksum().getAsLong()))
        : Optional.empty();
  }

  static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  private static Duration policyTime(RegionPolicy policy) {
    return switch (policy) {
      case RegionPolicy.Manual _ -> Duration.ZERO;
      case RegionPolicy.Automatic automatic -> automatic.timeout();
      case RegionPolicy.ReferenceCounted counted -> counted.grace();
    };
  }

  private static List<Map<String, @Nullable Object>> holders(RegionInfo region) {
    return region.holders().stream()
        .map(holder -> Json.object("participant", holder.participant(), "pid", holder.pid()))
        .toList();
  }

  private static List<Map<String, @Nullable Object>> labelledHolders(RegionInfo region) {
    return region.holders().stream()
        .map(holder ->
            Json.object(
                "participant", holder.participant(), "pid", holder.pid(), "label", holder.label()))
        .toList();
  }
}
