package dev.holdfast.cli;

import dev.holdfast.region.CorruptedException;
import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceNotFoundException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast ls}: the regions of a space. */
@Command(
    name = "ls",
    description = {
      "Lists the regions of a space.",
      "A damaged one is named on standard error; the exit code is 3 then."
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  holdfast ls --name 'frame-*' --larger 100M",
      "  holdfast ls --json | jq '.regions[].osName'"
    })
final class LsCommand extends SpaceCommand {
  @Option(
      names = "--name",
      paramLabel = "GLOB",
      description = "Only regions whose name fits: * is any text, ? one character.")
  private Optional<String> glob = Optional.empty();

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only regions in this state: ${COMPLETION-CANDIDATES}.")
  private Optional<RegionInfo.State> state = Optional.empty();

  @Option(
      names = "--policy",
      paramLabel = "POLICY",
      converter = PolicyName.Converter.class,
      completionCandidates = PolicyName.Candidates.class,
      description = "Only regions with this policy: ${COMPLETION-CANDIDATES}.")
  private Optional<PolicyName> policy = Optional.empty();

  @Option(
      names = "--owner",
      paramLabel = "PID",
      description = "Only regions that this process created.")
  private Optional<Long> owner = Optional.empty();

  @Option(
      names = "--larger",
      paramLabel = "BYTES",
      converter = SizeConverter.class,
      description = "Only regions of more bytes than this, for example 100M.")
  private Optional<Long> larger = Optional.empty();

  @Override
  public Integer call() {
    List<CorruptedException> damaged = new ArrayList<>();
    show(regions(damaged));
    Errors errors = new Errors(console());
    damaged.forEach(damage -> errors.print(damage, json()));
    return damaged.isEmpty() ? ExitCode.DONE : ExitCode.DAMAGED;
  }

  /** Those that are wanted; what cannot be read is added to {@code damaged}. */
  private List<RegionInfo> regions(List<CorruptedException> damaged) {
    try (Space space = openExisting()) {
      return space.regions(damaged::add).stream().filter(this::isWanted).toList();
    } catch (SpaceNotFoundException e) {
      hint("no such space: space=%s; put creates it".formatted(global().space()));
      return List.of();
    }
  }

  private boolean isWanted(RegionInfo region) {
    return glob.map(pattern -> matches(pattern, region.name())).orElse(true)
        && state.map(region.state()::equals).orElse(true)
        && policy.map(PolicyName.of(region.policy())::equals).orElse(true)
        && owner.map(pid -> pid == region.owner().pid()).orElse(true)
        && larger.map(bytes -> region.bytes() > bytes).orElse(true);
  }

  /** A region's name may have slashes in it, which are letters like others here. */
  private static boolean matches(String glob, String name) {
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + unslashed(glob));
    return matcher.matches(Path.of(unslashed(name)));
  }

  private static String unslashed(String text) {
    return text.replace('/', ' ');
  }

  private void show(List<RegionInfo> regions) {
    if (json()) {
      printJson(
          Json.object(
              "space",
              global().space(),
              "regions",
              regions.stream().map(RegionJson::summary).toList()));
      return;
    }
    Table table =
        new Table(
            "ID", "NAME", ">SIZE", "STATE", "POLICY", ">HOLDERS", ">OWNER", "CREATED", "OS NAME");
    for (RegionInfo region : regions) {
      table.row(
          region.id(),
          region.name(),
          Show.bytes(region.bytes()),
          Show.constant(region.state()),
          Show.policy(region.policy()),
          region.holders().size(),
          region.owner().pid(),
          Show.time(region.createdAt()),
          region.osName());
    }
    print(table.lines());
  }
}
