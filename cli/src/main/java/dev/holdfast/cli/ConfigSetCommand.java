package dev.holdfast.cli;

import dev.holdfast.region.Space;
import dev.holdfast.resource.config.ConfigException;
import dev.holdfast.resource.config.ConfigSource;
import dev.holdfast.resource.config.ReloadableConfig;
import dev.holdfast.resource.config.SpaceConfig;
import java.util.LinkedHashMap;
import java.util.List;
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
  private List<String> changes = List.of();

  @Override
  public Integer call() {
    ConfigSource source = ConfigSource.values("command line", values());
    try (Space space = openExisting();
        ReloadableConfig<SpaceConfig> config = open(space, source)) {
      SpaceConfig.follow(config, space);
      if (json()) {
        printJson(ConfigShow.toJson(space));
      } else {
        print(ConfigShow.lines(space));
      }
    }
    return ExitCode.DONE;
  }

  private Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    for (String change : changes) {
      int equals = change.indexOf('=');
      if (equals < 0) {
        throw wrongUsage("KEY=VALUE expected: " + change);
      }
      if (values.put(change.substring(0, equals), change.substring(equals + 1)) != null) {
        throw wrongUsage("key is given twice: key=" + change.substring(0, equals));
      }
    }
    // As everywhere on the command line, a number is a number of seconds.
    values.computeIfPresent(
        SWEEP_INTERVAL, (_, text) -> text.matches("[0-9.]+") ? text + "s" : text);
    return values;
  }

  private ReloadableConfig<SpaceConfig> open(Space space, ConfigSource source) {
    try {
      return SpaceConfig.of(space).withoutWatch().source(source).open();
    } catch (ConfigException e) {
      throw wrongUsage(String.valueOf(e.getMessage()));
    }
  }
}
