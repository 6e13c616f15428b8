package dev.holdfast.cli;

import dev.holdfast.region.Limits;
import dev.holdfast.region.Space;
import dev.holdfast.region.Usage;
import picocli.CommandLine.Command;

/** {@code holdfast usage}: how much of a space's limits is used. */
@Command(
    name = "usage",
    description = "Shows how much of a space's limits is used; this command is one participant.",
    footerHeading = "%nExample:%n",
    footer = "  holdfast -s frames usage")
final class UsageCommand extends SpaceCommand {
  private static final int BAR_WIDTH = 20;

  @Override
  public Integer call() {
    try (Space space = openExisting()) {
      Usage usage = space.usage();
      if (json()) {
        printJson(toJson(space.name(), usage));
      } else {
        print(table(usage).lines());
      }
    }
    return ExitCode.DONE;
  }

  private static Table table(Usage usage) {
    Limits limits = usage.limits();
    return new Table("WHAT", ">USED", ">LIMIT", "")
        .row(
            "bytes",
            Show.bytes(usage.bytes()),
            Show.bytes(limits.spaceBytes()),
            Show.bar(usage.bytes(), limits.spaceBytes(), BAR_WIDTH))
        .row(
            "regions",
            usage.regions(),
            limits.regions(),
            Show.bar(usage.regions(), limits.regions(), BAR_WIDTH))
        .row(
            "participants",
            usage.participants(),
            limits.participants(),
            Show.bar(usage.participants(), limits.participants(), BAR_WIDTH));
  }

  private static Object toJson(String space, Usage usage) {
    return Json.object(
        "space", space,
        "bytes", usage.bytes(),
        "regions", usage.regions(),
        "participants", usage.participants(),
        "limits", LimitsCommand.toJson(usage.limits()));
  }
}
