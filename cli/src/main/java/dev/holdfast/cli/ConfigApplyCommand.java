package dev.holdfast.cli;

import dev.holdfast.region.Space;
import dev.holdfast.resource.config.ConfigDifference;
import dev.holdfast.resource.config.ConfigSource;
import dev.holdfast.resource.config.ReloadableConfig;
import dev.holdfast.resource.config.SpaceConfig;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast config apply}: brings a file into force in a space. */
@Command(
    name = "apply",
    description = {
      "Brings a configuration file into force in a space, for everybody, at once.",
      "Prints what is in force then. What the file does not name stays. With --follow, each later",
      "change too: one that is no good is told and leaves the last good one. What does not change in",
      "the file stays as others set it; what is taken out of it goes back to what held at the start,",
      "and a key that comes into it with that value is no change either."
    },
    footerHeading = "%nExample:%n",
    footer = "  holdfast config apply --follow space.yaml")
final class ConfigApplyCommand extends SpaceCommand {
  @Option(names = "--follow", description = "Go on with each change of the file, until ended.")
  private boolean follow;

  @Parameters(paramLabel = "FILE", description = "A .yaml, .yml, .json or .properties file.")
  private Path file = Path.of("");

  @Override
  public Integer call() {
    try (Space space = openExisting();
        ReloadableConfig<SpaceConfig> config = open(space)) {
      SpaceConfig.follow(config, space);
      if (json()) {
        printJson(ConfigShow.toJson(space));
      } else {
        print(ConfigShow.lines(space));
      }
      if (follow) {
        follow(config);
      }
    }
    return ExitCode.DONE;
  }

  private ReloadableConfig<SpaceConfig> open(Space space) {
    ReloadableConfig.Builder<SpaceConfig> builder =
        SpaceConfig.of(space).source(ConfigSource.file(file));
    return (follow ? builder : builder.withoutWatch()).open();
  }

  private void follow(ReloadableConfig<SpaceConfig> config) {
    config.onChange(change -> change.differences().forEach(this::print));
    console().out().flush();
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      // This is how it ends.
    }
  }

  private void print(ConfigDifference difference) {
    print(
        json()
            ? Json.line(
                Json.object(
                    "path", difference.path(),
                    "before", difference.before(),
                    "after", difference.after()))
            : difference.toString());
    console().out().flush();
  }
}
