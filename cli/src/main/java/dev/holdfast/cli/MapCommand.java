package dev.holdfast.cli;

import dev.holdfast.region.ParticipantInfo;
import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.Space;
import dev.holdfast.region.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code holdfast map}: a picture of a space. */
@Command(
    name = "map",
    description = {
      "Draws how a space's memory is used, and who holds what.",
      "Bars: a region's share of the space's limit. Grid: one row a region, one column a participant; # is a hold."
    },
    footerHeading = "%nExample:%n",
    footer = "  holdfast -s frames map")
final class MapCommand extends SpaceCommand {
  private static final int BAR_WIDTH = 40;

  /** A space as it stood when asked. */
  private record Picture(
      Usage usage, List<RegionInfo> regions, List<ParticipantInfo> participants) {}

  @Override
  public Integer call() {
    try (Space space = openExisting()) {
      long me = space.self().handle();
      Picture picture =
          new Picture(
              space.usage(),
              space.regions(),
              space.participants().stream()
                  .filter(participant -> participant.handle() != me)
                  .toList());
      if (json()) {
        printJson(toJson(space.name(), picture));
      } else {
        print(memory(space.name(), picture));
        print("");
        print(grid(picture));
      }
    }
    return ExitCode.DONE;
  }

  private static List<String> memory(String space, Picture picture) {
    long limit = picture.usage().limits().spaceBytes();
    Table table = new Table("MEMORY", "", ">SIZE", "");
    table.row(
        "space " + space,
        Show.bar(picture.usage().bytes(), limit, BAR_WIDTH),
        Show.bytes(picture.usage().bytes()),
        "of " + Show.bytes(limit));
    for (RegionInfo region : picture.regions()) {
      boolean file = region.backing() == RegionInfo.Backing.FILE;
      table.row(
          region.name(),
          file ? "" : Show.bar(region.bytes(), limit, BAR_WIDTH),
          Show.bytes(region.bytes()),
          (file ? "in a file; " : "") + Show.constant(region.state()));
    }
    return table.lines();
  }

  private static List<String> grid(Picture picture) {
    if (picture.participants().isEmpty()) {
      return List.of("nobody holds anything");
    }
    List<String> headings = new ArrayList<>(List.of("HOLDS"));
    picture.participants().forEach(participant -> headings.add(">" + participant.slot()));
    Table table = new Table(headings.toArray(String[]::new));
    for (RegionInfo region : picture.regions()) {
      List<Object> cells = new ArrayList<>(List.of(region.name()));
      picture
          .participants()
          .forEach(participant -> cells.add(holds(region, participant) ? "#" : "."));
      table.row(cells.toArray());
    }
    List<String> lines = new ArrayList<>(table.lines());
    picture.participants().forEach(participant -> lines.add(legend(participant)));
    return lines;
  }

  private static boolean holds(RegionInfo region, ParticipantInfo participant) {
    return region.holders().stream().anyMatch(holder -> holder.participant() == participant.slot());
  }

  private static String legend(ParticipantInfo participant) {
    return "%d: pid %d, %s%s"
        .formatted(
            participant.slot(),
            participant.pid(),
            participant.label(),
            participant.alive() ? "" : ", dead");
  }

  private static Map<String, @Nullable Object> toJson(String space, Picture picture) {
    return Json.object(
        "space", space,
        "limitBytes", picture.usage().limits().spaceBytes(),
        "usedBytes", picture.usage().bytes(),
        "participants",
            picture.participants().stream()
                .map(participant ->
                    Json.object("slot", participant.slot(), "pid", participant.pid()))
                .toList(),
        "regions",
            picture.regions().stream()
                .map(region ->
                    Json.object(
                        "id", region.id().toString(),
                        "name", region.name(),
                        "sizeBytes", region.bytes(),
                        "heldBy",
                            region.holders().stream().map(RegionInfo.Holder::participant).toList()))
                .toList());
  }
}
