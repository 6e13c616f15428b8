package dev.holdfast.cli;

import dev.holdfast.region.Space;
import dev.holdfast.sync.LockUser;
import dev.holdfast.sync.Locks;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code holdfast deadlocks}: who waits for each other now. */
@Command(
    name = "deadlocks",
    description = {
      "Lists groups of threads, of whatever processes, that wait for each other now.",
      "Each is broken within about half a second by one of them giving up; one that stays has members that cannot look"
          + " (stopped processes)."
    },
    exitCodeList = {
      "0:there is none",
      "1:there are some, or it failed",
      "2:the command line is wrong",
      "3:shared state is damaged"
    },
    footerHeading = "%nExample:%n",
    footer = "  holdfast deadlocks || page-somebody")
final class DeadlocksCommand extends SpaceCommand {
  @Override
  public Integer call() {
    try (Space space = openExisting()) {
      List<List<LockUser>> deadlocks = Locks.of(space).deadlocks();
      if (json()) {
        printJson(
            Json.object(
                "space",
                space.name(),
                "deadlocks",
                deadlocks.stream()
                    .map(ring -> ring.stream().map(LockGraph::toJson).toList())
                    .toList()));
      } else {
        print(lines(deadlocks));
      }
      return deadlocks.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }
  }

  private static List<String> lines(List<List<LockUser>> deadlocks) {
    return deadlocks.isEmpty()
        ? List.of("no deadlock")
        : deadlocks.stream().flatMap(ring -> LockGraph.of(ring).text().stream()).toList();
  }
}
