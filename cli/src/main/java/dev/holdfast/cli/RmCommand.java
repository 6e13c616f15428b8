package dev.holdfast.cli;

import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.RegionNotFoundException;
import dev.holdfast.region.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast rm}: removes regions. */
@Command(
    name = "rm",
    description = {
      "Removes regions: nobody can open them any more.",
      "A region that somebody holds keeps its memory until its last holder releases it or dies."
    },
    footerHeading = "%nExample:%n",
    footer = {"  holdfast rm model r10003", "  holdfast rm --all"})
final class RmCommand extends SpaceCommand {
  @Parameters(paramLabel = "REGION", arity = "0..*", description = "Their names or ids.")
  private List<String> regions = new ArrayList<>();

  @Option(names = "--all", description = "All regions of the space.")
  private boolean all;

  @Option(
      names = "--force",
      description = "Take the object's name away at once; holders keep what they have mapped.")
  private boolean force;

  /** What became of one region. */
  private record Outcome(RegionInfo region, int holders) {}

  @Override
  public Integer call() {
    if (all == !regions.isEmpty()) {
      throw wrongUsage("name regions, or all of them with --all");
    }
    List<String> missing = new ArrayList<>();
    try (Space space = openExisting()) {
      List<Outcome> outcomes = new ArrayList<>();
      for (String region : all ? allOf(space) : regions) {
        remove(space, region)
            .ifPresentOrElse(
                outcomes::add,
                () -> {
                  missing.add(region);
                });
      }
      show(outcomes);
    }
    if (!missing.isEmpty() && !all) {
      throw new FailureException(
          "RegionNotFound",
          "no such region: space=%s, region=%s"
              .formatted(global().space(), String.join(", ", missing)));
    }
    return ExitCode.DONE;
  }

  private static List<String> allOf(Space space) {
    return space.regions().stream().map(region -> region.id().toString()).toList();
  }

  /** Empty if it is not there, or went by itself just now. */
  private Optional<Outcome> remove(Space space, String nameOrId) {
    Optional<RegionInfo> found = space.find(nameOrId);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    String id = found.get().id().toString();
    try {
      int holders = force ? space.removeForcibly(id) : space.remove(id);
      return Optional.of(new Outcome(found.get(), holders));
    } catch (RegionNotFoundException e) {
      return Optional.empty();
    }
  }

  private void show(List<Outcome> outcomes) {
    if (json()) {
      printJson(
          Json.object(
              "space",
              global().space(),
              "regions",
              outcomes.stream().map(RmCommand::toJson).toList()));
    } else {
      outcomes.forEach(outcome -> print(line(outcome)));
    }
  }

  private static String line(Outcome outcome) {
    String what = "%s %s".formatted(outcome.region().id(), outcome.region().name());
    return outcome.holders() == 0
        ? "removed %s".formatted(what)
        : "retired %s: goes when its %s it"
            .formatted(
                what,
                outcome.holders() == 1
                    ? "1 holder releases"
                    : "%d holders release".formatted(outcome.holders()));
  }

  private static Map<String, @Nullable Object> toJson(Outcome outcome) {
    return Json.object(
        "id", outcome.region().id().toString(),
        "name", outcome.region().name(),
        "outcome", outcome.holders() == 0 ? "removed" : "retired",
        "holders", outcome.holders());
  }
}
