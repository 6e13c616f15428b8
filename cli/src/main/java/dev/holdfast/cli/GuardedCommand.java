package dev.holdfast.cli;

import dev.holdfast.region.Space;
import dev.holdfast.sync.Locks;
import dev.holdfast.sync.Priority;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands share that run another one while they own something. */
@Command
abstract class GuardedCommand extends SpaceCommand {
  @Parameters(index = "0", paramLabel = "NAME", description = "Its name.")
  private String name = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "What to run, behind --.")
  private List<String> commandLine = List.of();

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      converter = SecondsConverter.class,
      description = "Give up after that long; 0 takes only what is free.")
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
      Guarded guarded = new Guarded(space, locks, commandLine);
      return call(locks, guarded, guarded.inherit(console()));
    }
  }

  /**
   * Takes it, runs the command, and gives it back.
   *
   * @param inherited names of the locks that those have who wait for us
   */
  abstract int call(Locks locks, Guarded guarded, List<String> inherited);

  final String name() {
    return name;
  }

  /** How long to wait; empty for ever. */
  final Optional<Duration> timeout() {
    return Optional.ofNullable(timeout);
  }

  final Priority priority() {
    return priority;
  }
}
