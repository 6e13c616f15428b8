package dev.holdfast.cli;

import dev.holdfast.region.Space;
import picocli.CommandLine.Command;

/** {@code holdfast config show}: the configuration of a space as a file. */
@Command(
    name = "show",
    description = "Prints the configuration of a space as a YAML file, exact.",
    footerHeading = "%nExample:%n",
    footer = "  holdfast config show > space.yaml")
final class ConfigShowCommand extends SpaceCommand {
  @Override
  public Integer call() {
    try (Space space = openExisting()) {
      if (json()) {
        printJson(ConfigShow.toJson(space));
      } else {
        print(ConfigShow.lines(space));
      }
    }
    return ExitCode.DONE;
  }
}
