package dev.holdfast.cli;

import dev.holdfast.region.RegionInfo;
import java.util.List;
import java.util.Map;
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

  private static List<Map<String, @Nullable Object>> holders(RegionInfo region) {
    return region.holders().stream()
        .map(holder -> Json.object("participant", holder.participant(), "pid", holder.pid()))
        .toList();
  }
}
