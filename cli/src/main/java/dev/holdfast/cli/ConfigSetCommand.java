package dev.holdfast.cli;

import dev.holdfast.region.Space;
import dev.holdfast.resource.config.ConfigException;
import dev.holdfast.resource.config.ConfigSource;
import dev.holdfast.resource.config.ReloadableConfig;
import dev.holdfast.resource.config.SpaceConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code holdfast config set}: changes the configuration of a space key by key. */
@Command(
    name = "set",
    description = {
      "Changes the configuration of a space for everybody, at once.",
      "All keys are changed or none. Prints what is in force then."
    },
    footerHeading = "%nExample:%n",
    footer = "  holdfast config set region-bytes=4G sweep-interval=30s")
final class ConfigSetCommand extends SpaceCommand {
  private static final String SWEEP_INTERVAL = "sweep-interval";

  @Parameters(
      paramLabel = "KEY=VALUE",
      arity = "1..*",
      description =
          "space-bytes, region-bytes, participant-bytes, regions, participants, sweep-interval.")
  private Map<String, String> changes = new LinkedHashMap<>();

  @Override
  public Integer call() {
    try (Space space = openExisting()) {
      space.changeLimits(changed(space).limits());
      if (json()) {
        printJson(ConfigShow.toJson(space));
      } else {
        print(ConfigShow.lines(space));
      }
    }
    return ExitCode.DONE;
  }

  private SpaceConfig changed(Space space) {
    // As everywhere on the command line, a number is a number of seconds.
    changes.computeIfPresent(
        SWEEP_INTERVAL, (_, text) -> text.matches("[0-9.]+") ? text + "s" : text);
    try (ReloadableConfig<SpaceConfig> config =
        SpaceConfig.of(space)
            .withoutWatch()
            .source(ConfigSource.values("command line", changes))
            .open()) {
      return config.current();
    } catch (ConfigException e) {
      throw wrongUsage(String.valueOf(e.getMessage()));
    }
  }
}
