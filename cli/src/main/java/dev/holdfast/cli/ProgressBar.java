package dev.holdfast.cli;

/** One line on a terminal that tells how far a command is; nothing where nobody watches. */
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 30;
  private static final String ERASE = "\r\u001b[K";

  private final Console console;
  private String shown = "";

  ProgressBar(Console console) {
    this.console = console;
  }

  /** Shows that fraction (0 to 1) and a text beside it. */
  synchronized void show(double fraction, String text) {
    int filled = (int) Math.round(WIDTH * fraction);
    String bar =
        "[%s%s] %3.0f %%  %s"
            .formatted("#".repeat(filled), "-".repeat(WIDTH - filled), 100 * fraction, text);
    if (console.errIsTerminal() && !bar.equals(shown)) {
      shown = bar;
      console.err().print(ERASE + bar);
      console.err().flush();
    }
  }

  /** Prints a line above the bar. */
  synchronized void println(String line) {
    console.err().println((shown.isEmpty() ? "" : ERASE) + line);
    if (!shown.isEmpty()) {
      console.err().print(shown);
      console.err().flush();
    }
  }

  /** Takes the bar away. */
  @Override
  public synchronized void close() {
    if (!shown.isEmpty()) {
      console.err().print(ERASE);
      console.err().flush();
      shown = "";
    }
  }
}
