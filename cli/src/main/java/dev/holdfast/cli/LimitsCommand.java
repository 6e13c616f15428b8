package dev.holdfast.cli;

import dev.holdfast.region.Limits;
import dev.holdfast.region.Space;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code holdfast limits}: shows or changes the limits of a space. */
@Command(
    name = "limits",
    description = {
      "Shows the limits of a space, or changes those that are given, for everybody, at once.",
      "What is in use already stays."
    },
    footerHeading = "%nExample:%n",
    footer = {"  holdfast limits", "  holdfast limits --space-bytes 20G --region-bytes 4G"})
final class LimitsCommand extends SpaceCommand {
  @Mixin private LimitOptions changes = new LimitOptions();

  @Override
  public Integer call() {
    try (Space space = openExisting()) {
      if (changes.isGiven()) {
        space.changeLimits(changes::applyTo);
      }
      Limits limits = space.usage().limits();
      if (json()) {
        printJson(Json.object("space", space.name(), "limits", toJson(limits)));
      } else {
        print(lines(limits));
      }
    }
    return ExitCode.DONE;
  }

  private static List<String> lines(Limits limits) {
    return new Fields()
        .add("bytes of the space", Show.bytes(limits.spaceBytes()))
        .add("bytes of a region", Show.bytes(limits.regionBytes()))
        .add("bytes of a participant", Show.bytes(limits.participantBytes()))
        .add("regions", limits.regions())
        .add("participants", limits.participants())
        .add("sweep interval", Show.duration(limits.sweepInterval()))
        .lines();
  }

  static Object toJson(Limits limits) {
    return Json.object(
        "spaceBytes", limits.spaceBytes(),
        "regionBytes", limits.regionBytes(),
        "participantBytes", limits.participantBytes(),
        "regions", limits.regions(),
        "participants", limits.participants(),
        "sweepIntervalSeconds", RegionJson.seconds(limits.sweepInterval()));
  }
}
