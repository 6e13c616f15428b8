package dev.holdfast.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The command line: {@code holdfast COMMAND …}. Its options may stand before or behind the
 * command's name.
 *
 * <pre>{@code
 * int exitCode = Holdfast.run("-s", "frames", "ls");
 * }</pre>
 */
@Command(
    name = "holdfast",
    description = "Safe shared memory for the JVM and the processes around it.",
    synopsisSubcommandLabel = "COMMAND",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:refused or failed; the message says why",
      "2:the command line is wrong",
      "3:shared state is damaged"
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  HOLDFAST_SPACE         the space when -s is not given",
      "  HOLDFAST_ROOT          the root when --root is not given",
      "  HOLDFAST_STACKTRACE=1  stack traces with errors",
      "",
      "Example:",
      "  holdfast put model.bin --name model && holdfast ls"
    },
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      PutCommand.class,
      GetCommand.class,
      LsCommand.class,
      InspectCommand.class,
      RmCommand.class,
      HoldCommand.class,
      GcCommand.class,
      VerifyCommand.class,
      RepairCommand.class,
      DumpCommand.class,
      MapCommand.class,
      UsageCommand.class,
      LimitsCommand.class,
      LockCommand.class,
      SemCommand.class,
      LocksCommand.class,
      DeadlocksCommand.class,
      ConfigCommand.class,
      ParticipantsCommand.class,
      EventsCommand.class,
      DoctorCommand.class,
      CompletionCommand.class
    })
public final class Holdfast {
  private final Console console;

  @Option(
      names = {"-s", "--space"},
      paramLabel = "NAME",
      scope = ScopeType.INHERIT,
      defaultValue = "${env:HOLDFAST_SPACE:-default}",
      description = "The space to work on: $$HOLDFAST_SPACE, else \"default\".")
  private String space = "default";

  @Option(
      names = "--root",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description =
          "The directory that holds the spaces: $$HOLDFAST_ROOT, else one of this user in /dev/shm.")
  private Optional<Path> root = Optional.empty();

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print JSON, errors on standard error too.")
  private boolean json;

  private Holdfast(Console console) {
    this.console = console;
  }

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] arguments) {
    Interruption interruption = Interruption.ofThisThread();
    int exitCode;
    try {
      exitCode = run(arguments);
    } finally {
      interruption.commandEnded();
    }
    System.exit(exitCode);
  }

  /** Runs the command line in this process; returns its exit code. */
  public static int run(String... arguments) {
    return run(Console.system(), arguments);
  }

  static int run(Console console, String... arguments) {
    return commandLine(console).execute(arguments);
  }

  static CommandLine commandLine(Console console) {
    Errors errors = new Errors(console);
    return new CommandLine(new Holdfast(console))
        .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(errors::wrongUsage)
        .setExecutionExceptionHandler((e, _, parsed) -> errors.failed(e, parsed));
  }

  Console console() {
    return console;
  }

  String space() {
    return space;
  }

  Optional<Path> root() {
    return root;
  }

  boolean json() {
    return json;
  }
}
