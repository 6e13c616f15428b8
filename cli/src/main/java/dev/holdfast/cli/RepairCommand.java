package dev.holdfast.cli;

import dev.holdfast.region.Space;
import dev.holdfast.region.Verification;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code holdfast repair}: mends what can be mended. */
@Command(
    name = "repair",
    description = {
      "Mends what can be mended without taking anything from a living participant, then looks again.",
      "Exit code 0 when the space is sound afterwards, 3 when not."
    },
    footerHeading = "%nExample:%n",
    footer = "  holdfast -s frames repair")
final class RepairCommand extends SpaceCommand {
  @Override
  public Integer call() {
    Verification header = Space.repairHeader(spaceSpec().existing());
    try (Space space = openExisting()) {
      Verification mended = together(header, space.repair());
      Verification left = space.verify(false);
      if (json()) {
        printJson(
            Json.object(
                "space", space.name(),
                "sound", left.isSound(),
                "repaired", mended.findings().stream().map(Findings::toJson).toList(),
                "left", left.findings().stream().map(Findings::toJson).toList()));
      } else {
        print(Findings.lines(mended, "mended"));
        print(Findings.lines(left, "still damaged"));
        print(summary(mended, left));
      }
      return left.isSound() ? ExitCode.DONE : ExitCode.DAMAGED;
    }
  }

  private static Verification together(Verification header, Verification tables) {
    List<Verification.Finding> all = new ArrayList<>(header.findings());
    all.addAll(tables.findings());
    return new Verification(all, tables.regionsChecked(), tables.bytesChecked());
  }

  private static String summary(Verification mended, Verification left) {
    if (!left.isSound()) {
      return "%s left; a later repair may mend what others were in the middle of"
          .formatted(Show.count(left.findings().size(), "damaged place"));
    }
    return mended.isSound()
        ? "sound: nothing to mend"
        : "sound: %s mended".formatted(Show.count(mended.findings().size(), "place"));
  }
}
