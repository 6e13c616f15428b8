package dev.holdfast.cli;

import dev.holdfast.resource.config.ConfigProblem;
import dev.holdfast.resource.config.ConfigSource;
import dev.holdfast.resource.config.SpaceConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code holdfast config validate}: everything that is wrong with a file. */
@Command(
    name = "validate",
    description = {
      "Prints everything that is wrong with a configuration file: line, value, what was expected.",
      "Exit code 1 when there is anything. No space is looked at."
    },
    footerHeading = "%nExample:%n",
    footer = "  holdfast config validate space.yaml")
final class ConfigValidateCommand extends SpaceCommand {
  @Parameters(paramLabel = "FILE", description = "A .yaml, .yml, .json or .properties file.")
  private Path file = Path.of("");

  @Override
  public Integer call() {
    List<ConfigProblem> problems =
        SpaceConfig.defaults().source(ConfigSource.file(file)).validate();
    if (json()) {
      printJson(
          Json.object(
              "file", file.toString(),
              "problems", problems.stream().map(ConfigValidateCommand::toJson).toList()));
    } else if (problems.isEmpty()) {
      print("%s: good".formatted(file));
    } else {
      problems.forEach(problem -> print(problem.toString()));
    }
    return problems.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
  }

  private static Map<String, @Nullable Object> toJson(ConfigProblem problem) {
    return Json.object(
        "stage", Show.constant(problem.stage()),
        "source", problem.source(),
        "line", problem.line(),
        "path", problem.path(),
        "value", problem.value(),
        "expectation", problem.expectation());
  }
}
