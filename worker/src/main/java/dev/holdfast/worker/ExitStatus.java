package dev.holdfast.worker;

import java.util.Map;

/** How the end of a process is told to people. */
final class ExitStatus {
  private static final int SIGNALLED = 128;
  private static final Map<Integer, String> SIGNALS =
      Map.of(
          1, "SIGHUP", 2, "SIGINT", 3, "SIGQUIT", 4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8,
          "SIGFPE", 9, "SIGKILL", 11, "SIGSEGV", 15, "SIGTERM");

  private ExitStatus() {}

  static String describe(int status) {
    String signal = SIGNALS.get(status - SIGNALLED);
    return signal == null ? Integer.toString(status) : "%d (%s)".formatted(status, signal);
  }

  static String nextStep(int status) {
    return switch (status - SIGNALLED) {
      case 9 ->
          "somebody killed it; if that was the kernel for want of memory, dmesg says so, and fewer processes or smaller slices help";
      case 4, 6, 7, 8, 11 ->
          "native code below the function crashed; python3 -X faulthandler shows where";
      case 15, 2, 1 -> "somebody asked it to end";
      default -> "the function, or a library below it, ended the process";
    };
  }
}
