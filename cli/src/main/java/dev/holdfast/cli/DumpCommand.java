package dev.holdfast.cli;

import dev.holdfast.platform.Platform;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code holdfast dump}: a control segment as text. */
@Command(
    name = "dump",
    description = {
      "Prints the control segment of a space word by word, a damaged one as far as it can be read.",
      "It is read from outside: this command does not join the space and changes nothing."
    },
    footerHeading = "%nExample:%n",
    footer = "  holdfast -s frames dump > frames.txt")
final class DumpCommand extends SpaceCommand {
  @Override
  public Integer call() {
    ControlSnapshot snapshot = snapshot();
    if (json()) {
      printJson(toJson(snapshot));
    } else {
      print(snapshot);
    }
    snapshot.damage().ifPresent(damage -> hint("control segment is damaged: " + damage));
    return snapshot.damage().isPresent() ? ExitCode.DAMAGED : ExitCode.DONE;
  }

  private ControlSnapshot snapshot() {
    Platform platform = Platform.current();
    SpaceRoot root = root(platform);
    return ControlSnapshot.take(platform, root, global().space())
        .orElseThrow(() ->
            new FailureException(
                "SpaceNotFound",
                "no such space: space=%s, root=%s, control segment=%s"
                    .formatted(global().space(), root.path(), root.control(global().space()))));
  }

  private void print(ControlSnapshot snapshot) {
    print("header of %s%s".formatted(snapshot.space(), snapshot.isReady() ? "" : " (not ready)"));
    printIndented(words(snapshot.header()));
    print("sections");
    printIndented(sections(snapshot).lines());
    print("catalog");
    printIndented(new Fields().addAll(snapshot.catalog()).lines());
    print("participants");
    for (ControlSnapshot.Participant participant : snapshot.participants()) {
      print(
          "  slot %d, %s: %s"
              .formatted(
                  participant.slot(), participant.alive() ? "alive" : "dead", participant.label()));
      printIndented(indented(new Fields().addAll(participant.fields()).lines()));
    }
    print("regions");
    for (RegionRow region : snapshot.regions()) {
      print(
          "  slot %d, %s %s %s"
              .formatted(region.slot(), region.id(), region.stateName(), region.name()));
      printIndented(indented(fields(region).lines()));
    }
    print("ledger");
    for (RegionRow region : snapshot.regions()) {
      print("  slot %d: %s".formatted(region.slot(), holders(region)));
    }
  }

  private void printIndented(List<String> lines) {
    print(indented(lines));
  }

  private static List<String> indented(List<String> lines) {
    return lines.stream().map(line -> "  " + line).toList();
  }

  /** The header's words; those that are patterns in hexadecimal. */
  private static List<String> words(Map<String, Long> header) {
    List<String> patterns = List.of("magic", "byteOrder", "bootId", "bootIdLow", "incarnation");
    Fields fields = new Fields();
    header.forEach(
        (name, value) -> fields.add(name, patterns.contains(name) ? hexadecimal(value) : value));
    return fields.lines();
  }

  private static Table sections(ControlSnapshot snapshot) {
    Table table = new Table(">KIND", ">OFFSET", ">COUNT", ">STRIDE");
    snapshot
        .sections()
        .forEach(section ->
            table.row(section.kind(), section.offset(), section.count(), section.stride()));
    return table;
  }

  private static Fields fields(RegionRow region) {
    Fields fields =
        new Fields()
            .add("state", hexadecimal(region.state()))
            .add("name word", hexadecimal(region.nameWord()))
            .addAll(region.fields());
    return region.path().isEmpty() ? fields : fields.add("path", region.path());
  }

  private static String holders(RegionRow region) {
    return region.holders().isEmpty()
        ? "no holds"
        : region.holders().stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  private static String hexadecimal(long word) {
    return "0x%016x".formatted(word);
  }

  private static Map<String, @Nullable Object> toJson(ControlSnapshot snapshot) {
    return Json.object(
        "space", snapshot.space(),
        "damage", snapshot.damage().orElse(null),
        "ready", snapshot.isReady(),
        "header", snapshot.header(),
        "sections",
            snapshot.sections().stream()
                .map(section ->
                    Json.object(
                        "kind", section.kind(),
                        "offset", section.offset(),
                        "count", section.count(),
                        "stride", section.stride()))
                .toList(),
        "catalog", snapshot.catalog(),
        "participants",
            snapshot.participants().stream()
                .map(participant ->
                    Json.object(
                        "slot", participant.slot(),
                        "alive", participant.alive(),
                        "label", participant.label(),
                        "fields", participant.fields()))
                .toList(),
        "regions",
            snapshot.regions().stream()
                .map(region ->
                    Json.object(
                        "slot", region.slot(),
                        "id", region.id(),
                        "state", region.stateName(),
                        "nameWord", hexadecimal(region.nameWord()),
                        "name", region.name(),
                        "path", region.path(),
                        "holders", region.holders(),
                        "fields", region.fields()))
                .toList());
  }
}
