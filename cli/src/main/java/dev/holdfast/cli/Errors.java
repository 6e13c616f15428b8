package dev.holdfast.cli;

import dev.holdfast.platform.SystemCallException;
import dev.holdfast.region.CorruptedException;
import dev.holdfast.region.HoldfastException;
import dev.holdfast.resource.config.ConfigException;
import dev.holdfast.sync.DeadlockException;
import dev.holdfast.sync.LockTimeoutException;
import dev.holdfast.sync.OwnerDiedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into a message for people, or JSON for programs, and an exit code. */
final class Errors {
  private final Console console;

  Errors(Console console) {
    this.console = console;
  }

  /** The command line could not be understood. */
  int wrongUsage(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    if (wantsJson(Arrays.asList(arguments))) {
      printJson("WrongUsage", message(e));
      return ExitCode.USAGE;
    }
    console.err().println("holdfast: " + message(e));
    UnmatchedArgumentException.printSuggestions(e, console.err());
    console.err().println("See: %s --help".formatted(command.getCommandSpec().qualifiedName(" ")));
    return ExitCode.USAGE;
  }

  /** A command failed. */
  int failed(Exception e, ParseResult parsed) {
    print(e, wantsJson(parsed.originalArgs()));
    if (console.wantsStackTraces()) {
      e.printStackTrace(console.err());
    }
    return exitCode(e);
  }

  /** What stands behind -- is another command's. */
  private static boolean wantsJson(List<String> arguments) {
    return arguments.stream()
        .takeWhile(argument -> !argument.equals("--"))
        .anyMatch("--json"::equals);
  }

  /** Tells what went wrong, on standard error. */
  void print(Exception e, boolean json) {
    if (json) {
      printJson(kind(e), message(e));
    } else {
      console.err().println("holdfast: " + message(e));
    }
  }

  private void printJson(String kind, String message) {
    console
        .err()
        .println(Json.line(Json.object("error", Json.object("kind", kind, "message", message))));
  }

  private static int exitCode(Exception e) {
    return switch (e) {
      case CorruptedException _ -> ExitCode.DAMAGED;
      case IllegalArgumentException _ -> ExitCode.USAGE;
      case LockTimeoutException _ -> ExitCode.TIMED_OUT;
      case DeadlockException _ -> ExitCode.DEADLOCK;
      case OwnerDiedException _ -> ExitCode.OWNER_DIED;
      case FailureException failure -> failure.exitCode();
      default -> ExitCode.FAILED;
    };
  }

  /** The exception's name without its ending, for example {@code RegionNotFound}. */
  private static String kind(Exception e) {
    String kind =
        switch (e) {
          case FailureException failure -> failure.kind();
          case IllegalArgumentException _ -> "WrongUsage";
          case IOException _, UncheckedIOException _ -> "InputOutput";
          default -> e.getClass().getSimpleName();
        };
    return kind.replaceAll("Exception$", "");
  }

  private static String message(Exception e) {
    return switch (e) {
      case HoldfastException _,
          ConfigException _,
          SystemCallException _,
          FailureException _,
          IllegalArgumentException _,
          UnsupportedOperationException _,
          ParameterException _ ->
          Objects.toString(e.getMessage(), e.toString());
      case UncheckedIOException _, IOException _ -> "input or output failed: " + e;
      default -> "unexpected: %s; HOLDFAST_STACKTRACE=1 shows where".formatted(e);
    };
  }
}
