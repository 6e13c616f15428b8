package dev.holdfast.cli;

import dev.holdfast.sync.Locks;
import dev.holdfast.sync.Semaphore;
import dev.holdfast.sync.Semaphore.Permits;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast sem}: runs a command while it has permits of a semaphore. */
@Command(
    name = "sem",
    description = {
      "Runs a command while it has permits of a semaphore; the command's exit code becomes this one's.",
      "At most --permits of them are out at a time, in all processes together. They come back however this ends, also"
          + " by kill -9."
    },
    customSynopsis = "holdfast sem [OPTIONS] NAME --permits N -- COMMAND...",
    exitCodeList = {
      "COMMAND's:it ran",
      "1:refused or failed; the message says why",
      "2:the command line is wrong",
      "3:shared state is damaged",
      "75:the permits were not to be had in time",
      "76:chosen to give up, so that a deadlock ends; run it again"
    },
    footerHeading = "%nExample:%n",
    footer = "  holdfast sem downloads --permits 4 -- curl -O https://example.org/big")
final class SemCommand extends GuardedCommand {
  @Option(
      names = "--permits",
      paramLabel = "N",
      required = true,
      description = "How many permits it has; everybody says the same number.")
  private int permits;

  @Option(names = "--take", paramLabel = "N", description = "How many to take (default: 1).")
  private int take = 1;

  @Override
  int call(Locks locks, Guarded guarded, List<String> inherited) {
    Semaphore semaphore = locks.semaphore(name(), permits).at(priority());
    try (Permits _ =
        timeout().map(time -> semaphore.hold(take, time)).orElseGet(() -> semaphore.hold(take))) {
      return guarded.run();
    }
  }
}
