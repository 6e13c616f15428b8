package dev.holdfast.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a run of the command line prints, and what surrounds it. Tests bring their own.
 *
 * @param out what was asked for, and nothing else
 * @param err progress, hints and errors
 * @param errIsTerminal whether a person watches {@code err}
 * @param environment the process's environment
 */
record Console(
    PrintStream out, PrintStream err, boolean errIsTerminal, Map<String, String> environment) {

  /** The process's own. */
  static Console system() {
    return new Console(System.out, System.err, isTerminal("/proc/self/fd/2"), System.getenv());
  }

  /** One that prints elsewhere; nobody watches it. */
  static Console of(OutputStream out, OutputStream err, Map<String, String> environment) {
    return new Console(utf8(out), utf8(err), false, environment);
  }

  /** Whether stack traces are wanted with errors. */
  boolean wantsStackTraces() {
    return "1".equals(environment.get("HOLDFAST_STACKTRACE"));
  }

  /** Java can tell only of standard input and output together; the kernel names each. */
  private static boolean isTerminal(String descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of(descriptor)).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false; // without /proc nobody is known to watch
    }
  }

  private static PrintStream utf8(OutputStream stream) {
    return new PrintStream(stream, true, StandardCharsets.UTF_8);
  }
}
