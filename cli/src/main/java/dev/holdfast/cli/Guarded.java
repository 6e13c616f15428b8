package dev.holdfast.cli;

import dev.holdfast.region.Space;
import dev.holdfast.sync.Locks;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs a command for whoever owns a lock, and passes on what it owns, so that a lock command inside
 * it counts as the same waiter.
 *
 * @param space of the lock
 * @param locks of the space
 * @param commandLine what is run
 */
record Guarded(Space space, Locks locks, List<String> commandLine) {
  static final String HELD = "HOLDFAST_LOCKS_HELD";
  static final String OWNER_DIED = "HOLDFAST_OWNER_DIED";

  /** Where the variable's locks are: others of the same name elsewhere are not meant. */
  private String place() {
    return space.root() + "/" + space.name();
  }

  /** Takes over what an enclosing lock command owns; the names of those locks. */
  List<String> inherit(Console console) {
    return Optional.ofNullable(console.environment().get(HELD))
        .map(text -> text.split("=", 2))
        .filter(parts -> parts.length == 2 && parts[0].equals(place()))
        .map(parts -> locks.actFor(parts[1]))
        .orElse(List.of());
  }

  /** Runs the command to its end; its exit code. */
  int run() {
    return run(false);
  }

  /** The same for an owner who has to be told that the one before died. */
  int run(boolean ownerDied) {
    ProcessBuilder builder = new ProcessBuilder(commandLine).inheritIO();
    Map<String, String> environment = builder.environment();
    environment.put(HELD, place() + "=" + locks.delegation());
    if (ownerDied) {
      environment.put(OWNER_DIED, "1");
    } else {
      environment.remove(OWNER_DIED);
    }
    Process process = start(builder);
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      return process.onExit().join().exitValue();
    }
  }

  private static Process start(ProcessBuilder builder) {
    try {
      return builder.start();
    } catch (IOException e) {
      throw new FailureException(
          "CommandNotStarted",
          "the command cannot be started: command=%s, %s"
              .formatted(builder.command().getFirst(), e.getMessage()));
    }
  }
}
