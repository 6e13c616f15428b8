package dev.holdfast.cli;

import dev.holdfast.region.Space;
import dev.holdfast.sync.DeadlockException;
import dev.holdfast.sync.LockTimeoutException;
import dev.holdfast.sync.Locks;
import dev.holdfast.sync.Priority;
import dev.holdfast.sync.Semaphore;
import dev.holdfast.sync.Semaphore.Permits;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
final class SemCommand extends SpaceCommand {
  @Parameters(index = "0", paramLabel = "NAME", description = "The semaphore's name.")
  private String name = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "What to run, behind --.")
  private List<String> commandLine = List.of();

  @Option(
      names = "--permits",
      paramLabel = "N",
      required = true,
      description = "How many permits it has; everybody says the same number.")
  private int permits;

  @Option(names = "--take", paramLabel = "N", description = "How many to take (default: 1).")
  private int take = 1;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      converter = SecondsConverter.class,
      description = "Give up after that long; 0 takes them only if they are free.")
  private @Nullable Duration timeout;

  @Option(
      names = "--priority",
      paramLabel = "P",
      description = "low, normal, high or critical: a level is worth a second of waiting.")
  private Priority priority = Priority.NORMAL;

  @Override
  public Integer call() {
    try (Space space = openOrCreate()) {
      Locks locks = Locks.of(space);
      var _ = Guarded.inherit(space, locks, console());
      Semaphore semaphore = locks.semaphore(name, permits).at(priority);
      try (Permits _ = timeout == null ? semaphore.hold(take) : semaphore.hold(take, timeout)) {
        return Guarded.run(space, locks, commandLine, false);
      }
    } catch (LockTimeoutException e) {
      return refused(e, ExitCode.TIMED_OUT);
    } catch (DeadlockException e) {
      return refused(e, ExitCode.DEADLOCK);
    }
  }

  private int refused(RuntimeException e, int exitCode) {
    new Errors(console()).print(e, json());
    return exitCode;
  }
}
