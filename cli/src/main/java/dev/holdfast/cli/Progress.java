package dev.holdfast.cli;

import java.util.function.LongSupplier;

/**
 * How far something long has come, on standard error: a bar where a person watches, else a line
 * each quarter. Nothing at all in the first second.
 */
final class Progress {
  private static final long SILENT_NANOS = 1_000_000_000;
  private static final long REDRAW_NANOS = 100_000_000;
  private static final int BAR_WIDTH = 30;

  private final Console console;
  private final LongSupplier nanos;
  private final String what;
  private final long total;
  private final long startedAt;
  private long drawnAt;
  private long quarters;
  private boolean drawn;

  Progress(Console console, String what, long total) {
    this(console, System::nanoTime, what, total);
  }

  Progress(Console console, LongSupplier nanos, String what, long total) {
    this.console = console;
    this.nanos = nanos;
    this.what = what;
    this.total = total;
    this.startedAt = nanos.getAsLong();
  }

  /** That many bytes are done. */
  void at(long done) {
    long now = nanos.getAsLong();
    if (now - startedAt < SILENT_NANOS) {
      return;
    }
    if (console.errIsTerminal()) {
      drawBar(done, now);
    } else {
      printQuarter(done);
    }
  }

  /** It is over, well or not; the bar's line ends. */
  void end() {
    if (drawn) {
      console.err().println();
    }
    drawn = false;
  }

  private void drawBar(long done, long now) {
    if (drawn && done < total && now - drawnAt < REDRAW_NANOS) {
      return;
    }
    console
        .err()
        .printf(
            "\r%s [%s] %3d%% of %s",
            what, Show.bar(done, total, BAR_WIDTH), percent(done), Show.bytes(total));
    console.err().flush();
    drawnAt = now;
    drawn = true;
  }

  private void printQuarter(long done) {
    long quarter = percent(done) / 25;
    if (quarter > quarters) {
      quarters = quarter;
      console.err().println("%s: %d%%".formatted(what, percent(done)));
    }
  }

  private long percent(long done) {
    return (long) (100.0 * done / total);
  }
}
