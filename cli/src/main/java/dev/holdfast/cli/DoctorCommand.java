package dev.holdfast.cli;

import dev.holdfast.platform.Platform;
import dev.holdfast.worker.PythonInterpreter;
import dev.holdfast.worker.PythonNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code holdfast doctor}: whether Holdfast can work on this machine. */
@Command(
    name = "doctor",
    description = {
      "Looks whether Holdfast can work on this machine, and how well.",
      "Exit code 1 when something that it needs is missing."
    },
    footerHeading = "%nExample:%n",
    footer = "  holdfast doctor")
final class DoctorCommand extends SpaceCommand {
  @Override
  public Integer call() {
    Platform platform = Platform.current();
    SpaceRoot root = root(platform);
    List<Check> checks = new ArrayList<>();
    checks.addAll(MachineChecks.of(platform));
    checks.addAll(PythonCheck.of(List.of(python())));
    checks.addAll(SpaceChecks.of(platform, root));
    show(platform, checks);
    return checks.stream().anyMatch(check -> check.verdict() == Check.Verdict.MISSING)
        ? ExitCode.FAILED
        : ExitCode.DONE;
  }

  /** The one that workers would run. */
  private static String python() {
    try {
      return PythonInterpreter.find(System.getenv()).path().toString();
    } catch (PythonNotFoundException none) {
      return "python3"; // is reported as not found
    }
  }

  private void show(Platform platform, List<Check> checks) {
    String system = platform.capabilities().operatingSystem();
    if (json()) {
      printJson(
          Json.object(
              "system", system, "checks", checks.stream().map(DoctorCommand::toJson).toList()));
      return;
    }
    print("%s; Java %s".formatted(system, Runtime.version()));
    Table table = new Table("VERDICT", "WHAT", "FOUND");
    for (Check check : checks) {
      table.row(Show.constant(check.verdict()), check.name(), check.found());
    }
    print(table.lines());
    checks.stream()
        .filter(check -> !check.advice().isEmpty())
        .forEach(check -> print("%s: %s".formatted(check.name(), check.advice())));
  }

  private static Map<String, @Nullable Object> toJson(Check check) {
    return Json.object(
        "name", check.name(),
        "verdict", Show.constant(check.verdict()),
        "found", check.found(),
        "advice", check.advice());
  }
}
