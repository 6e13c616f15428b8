package dev.holdfast.cli;

import dev.holdfast.region.Region;
import dev.holdfast.region.Space;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast hold}: keeps a region alive. */
@Command(
    name = "hold",
    description = {
      "Holds a region until it is ended (Ctrl-C), or while a command runs.",
      "The command finds HOLDFAST_REGION_OSNAME, HOLDFAST_REGION_ID and HOLDFAST_REGION_SIZE in its environment;"
          + " its exit code becomes this one's."
    },
    customSynopsis = "holdfast hold [OPTIONS] REGION [-- COMMAND...]",
    footerHeading = "%nExample:%n",
    footer = {
      "  holdfast hold model &",
      "  holdfast hold model -- sh -c 'wc -c < /dev/shm$HOLDFAST_REGION_OSNAME'"
    })
final class HoldCommand extends SpaceCommand {
  @Parameters(index = "0", paramLabel = "REGION", description = "Its name or id.")
  private String region = "";

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "What to run meanwhile, behind --.")
  private List<String> commandLine = new ArrayList<>();

  @Option(names = "--writable", description = "Hold it as one that writes to it.")
  private boolean writable;

  @Override
  public Integer call() {
    try (Space space = openExisting();
        Region held = writable ? space.writableRegion(region) : space.region(region)) {
      return commandLine.isEmpty() ? untilEnded(held) : during(held);
    }
  }

  private int untilEnded(Region held) {
    print("holding " + held.id());
    console().out().flush();
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      return ExitCode.DONE; // told to end; the hold is given back on the way out
    }
    throw new AssertionError("nobody counts it down");
  }

  /** Standard output is the command's, so this speaks on standard error. */
  private int during(Region held) {
    Process process = start(held);
    console().err().println("holding " + held.id());
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      return process.onExit().join().exitValue();
    }
  }

  private Process start(Region held) {
    ProcessBuilder builder = new ProcessBuilder(commandLine).inheritIO();
    builder
        .environment()
        .putAll(
            Map.of(
                "HOLDFAST_REGION_OSNAME", held.info().osName(),
                "HOLDFAST_REGION_ID", held.id().toString(),
                "HOLDFAST_REGION_SIZE", Long.toString(held.bytes())));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new FailureException(
          "CommandNotStarted",
          "the command cannot be started: command=%s, %s"
              .formatted(commandLine.getFirst(), e.getMessage()));
    }
  }
}
