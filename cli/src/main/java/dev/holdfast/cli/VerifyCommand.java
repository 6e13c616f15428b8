package dev.holdfast.cli;

import dev.holdfast.region.Space;
import dev.holdfast.region.Verification;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast verify}: looks for damage. */
@Command(
    name = "verify",
    description = "Looks for damage in a space and changes nothing. Exit code 3 when there is any.",
    footerHeading = "%nExample:%n",
    footer = "  holdfast verify --contents || holdfast repair")
final class VerifyCommand extends SpaceCommand {
  @Option(
      names = "--contents",
      description = "Compare the bytes of regions with their checksums too; about 0.1 s a GiB.")
  private boolean contents;

  @Override
  public Integer call() {
    try (Space space = openExisting()) {
      Verification found = space.verify(contents);
      if (json()) {
        printJson(Findings.toJson(space.name(), found));
      } else {
        print(Findings.lines(found, "damaged"));
        print(summary(found));
      }
      return found.isSound() ? ExitCode.DONE : ExitCode.DAMAGED;
    }
  }

  private String summary(Verification found) {
    String looked =
        "%s looked at, %s compared with checksums"
            .formatted(
                Show.count(found.regionsChecked(), "region"), Show.bytes(found.bytesChecked()));
    return found.isSound()
        ? "sound: " + looked
        : "%s; %s; mend what can be mended: holdfast -s %s repair"
            .formatted(
                Show.count(found.findings().size(), "damaged place"), looked, global().space());
  }
}
