package dev.holdfast.cli;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.SystemCallException;
import dev.holdfast.region.Leftover;
import dev.holdfast.region.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast gc}: gives back what the dead left behind. */
@Command(
    name = "gc",
    description = {
      "Gives back what the dead left behind in a space: their holds, regions whose time has come, objects without"
          + " a region.",
      "What other spaces under the same root have is reported only, as are objects in shared memory that no space"
          + " of this root stands for."
    },
    footerHeading = "%nExample:%n",
    footer = {"  holdfast gc --dry-run", "  holdfast gc --orphans"})
final class GcCommand extends SpaceCommand {
  @Option(names = "--dry-run", description = "Only say what there is and why; change nothing.")
  private boolean dryRun;

  @Option(
      names = "--orphans",
      description = "Also remove objects that are proved to belong to no space at all.")
  private boolean orphans;

  /** Something found, and what became of it. */
  private record Row(
      String action, String kind, Optional<String> space, long bytes, String what, String why) {}

  private static final String DONE = "done";
  private static final String WOULD = "would do";
  private static final String REPORTED = "reported";

  @Override
  public Integer call() {
    Platform platform = Platform.current();
    SpaceRoot root = root(platform);
    List<Row> rows = new ArrayList<>(collect(platform, root));
    for (String other : root.spaces()) {
      if (!other.equals(global().space())) {
        scan(platform, root, other).forEach(found -> rows.add(row(REPORTED, other, found)));
      }
    }
    for (StrayObjects.Group group : new StrayObjects(platform, root).find()) {
      rows.add(treat(platform, group));
    }
    show(rows);
    return ExitCode.DONE;
  }

  // ---- the space -------------------------------------------------------------------------------

  private List<Row> collect(Platform platform, SpaceRoot root) {
    String space = global().space();
    if (!root.has(space)) {
      hint("no such space: space=%s, root=%s".formatted(space, root.path()));
      return List.of();
    }
    List<Leftover> found = scan(platform, root, space);
    if (dryRun) {
      return found.stream().map(leftover -> row(WOULD, space, leftover)).toList();
    }
    try (Space joined = openExisting()) {
      joined.sweep();
      joined.removeLeftovers();
    }
    List<String> left = scan(platform, root, space).stream().map(Leftover::what).toList();
    return found.stream()
        .map(leftover -> row(left.contains(leftover.what()) ? "kept" : DONE, space, leftover))
        .toList();
  }

  private List<Leftover> scan(Platform platform, SpaceRoot root, String space) {
    Optional<ControlSnapshot> snapshot = ControlSnapshot.take(platform, root, space);
    snapshot
        .flatMap(ControlSnapshot::damage)
        .ifPresent(damage ->
            hint(
                "space %s is damaged: %s; see: holdfast -s %s verify"
                    .formatted(space, damage, space)));
    return snapshot
        .filter(taken -> taken.damage().isEmpty())
        .map(taken -> LeftoverScan.of(platform, root, space, taken))
        .orElse(List.of());
  }

  private static Row row(String action, String space, Leftover found) {
    return new Row(
        action,
        Show.constant(found.kind()),
        Optional.of(space),
        found.bytes(),
        found.what(),
        found.why());
  }

  // ---- objects of no space ---------------------------------------------------------------------

  private Row treat(Platform platform, StrayObjects.Group group) {
    return new Row(
        group.removable() && orphans ? remove(platform, group.names()) : REPORTED,
        group.removable() ? "orphans" : "other-root",
        Optional.empty(),
        group.bytes(),
        group.names().size() == 1 ? group.names().getFirst() : "/hf-%s-*".formatted(group.hash()),
        group.why()
            + (group.removable() && !orphans ? "; holdfast gc --orphans removes them" : ""));
  }

  private String remove(Platform platform, List<String> names) {
    if (dryRun) {
      return WOULD;
    }
    try {
      names.forEach(platform::unlinkShared);
      return DONE;
    } catch (SystemCallException e) {
      hint("cannot remove: " + e.getMessage());
      return "kept";
    }
  }

  // ---- showing ---------------------------------------------------------------------------------

  private void show(List<Row> rows) {
    if (json()) {
      printJson(
          Json.object(
              "space",
              global().space(),
              "dryRun",
              dryRun,
              "leftovers",
              rows.stream().map(GcCommand::toJson).toList()));
      return;
    }
    if (rows.isEmpty()) {
      print("nothing to give back");
      return;
    }
    Table table = new Table("ACTION", "KIND", "SPACE", ">SIZE", "WHAT", "WHY");
    for (Row row : rows) {
      table.row(
          row.action(),
          row.kind(),
          row.space().orElse("-"),
          Show.bytes(row.bytes()),
          row.what(),
          row.why());
    }
    print(table.lines());
  }

  private static Map<String, @Nullable Object> toJson(Row row) {
    return Json.object(
        "action", row.action(),
        "kind", row.kind(),
        "space", row.space().orElse(null),
        "bytes", row.bytes(),
        "what", row.what(),
        "why", row.why());
  }
}
