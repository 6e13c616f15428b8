package dev.holdfast.cli;

import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.RegionPolicy;
import dev.holdfast.region.Space;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code holdfast inspect}: everything about one region. */
@Command(
    name = "inspect",
    description = "Shows everything about one region.",
    footerHeading = "%nExample:%n",
    footer = {
      "  holdfast inspect model",
      "  cmp model.bin /dev/shm$(holdfast inspect model --json | jq -r .osName)"
    })
final class InspectCommand extends SpaceCommand {
  @Parameters(paramLabel = "REGION", description = "Its name or id.")
  private String region = "";

  @Override
  public Integer call() {
    try (Space space = openExisting()) {
      RegionInfo info = find(space, region);
      if (json()) {
        printJson(RegionJson.details(space.name(), info));
      } else {
        print(lines(info));
      }
    }
    return ExitCode.DONE;
  }

  private List<String> lines(RegionInfo info) {
    return new Fields()
        .add("id", info.id())
        .add("name", info.name())
        .add("os name", info.osName())
        .add("size", sizeOf(info.bytes()))
        .add("state", Show.constant(info.state()))
        .add("policy", policy(info.policy()))
        .add("backing", Show.constant(info.backing()))
        .add("mode", Show.mode(info.permissions()))
        .add("zero before give-back", info.zeroOnReclaim() ? "yes" : "no")
        .add("on owner's death", Show.constant(info.onOwnerDeath()))
        .add("created", Show.time(info.createdAt()))
        .add("owner", owner(info.owner()))
        .add("holders", info.holders().isEmpty() ? "none" : holders(info))
        .add("last opened or closed", Show.duration(info.sinceAccess()) + " ago")
        .add(
            "opened",
            "%s, %d for writing".formatted(Show.count(info.opens(), "time"), info.writableOpens()))
        .add("checksum", RegionJson.checksum(info).map(crc -> "CRC-32C " + crc).orElse("not taken"))
        .addAll(info.metadata())
        .lines();
  }

  private static String sizeOf(long bytes) {
    return bytes < 1024 ? Show.bytes(bytes) : "%s (%d bytes)".formatted(Show.bytes(bytes), bytes);
  }

  private static String policy(RegionPolicy policy) {
    return switch (policy) {
      case RegionPolicy.Manual _ -> "manual: until it is removed";
      case RegionPolicy.Automatic automatic ->
          "automatic: until unused for " + Show.duration(automatic.timeout());
      case RegionPolicy.ReferenceCounted counted ->
          counted.grace().isZero()
              ? "reference-counted: until its last holder releases it"
              : "reference-counted: until unheld for " + Show.duration(counted.grace());
    };
  }

  private static String owner(RegionInfo.Owner owner) {
    return "pid %d, uid %d, %s"
        .formatted(owner.pid(), owner.uid(), owner.present() ? "present" : "gone");
  }

  private static String holders(RegionInfo info) {
    return info.holders().stream()
        .map(holder ->
            "participant %d (pid %d, %s)"
                .formatted(holder.participant(), holder.pid(), holder.label()))
        .collect(Collectors.joining("; "));
  }
}
