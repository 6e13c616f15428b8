package dev.holdfast.sync;

/**
 * How long to spin for a lock before sleeping: twice what spinning took lately, as long as it pays.
 *
 * <p>Waking a sleeper costs tens of microseconds, a hand-over to a spinner a tenth of one; but a
 * spinner on the owner's own processor only keeps it from finishing. So: no spinning on one
 * processor, and a budget that follows its successes, after glibc's adaptive mutex. Failures make
 * it so small that it would not see that spinning pays again: one try in seventeen is a long one.
 *
 * <p><b>Sharing.</b> Any thread; races lose an update, nothing else.
 */
final class SpinBudget {
  private static final int LEAST = 20;
  private static final int MOST = 2_000;
  private static final int GAIN_SHIFT = 3;
  private static final int PROBE = 500;
  private static final int FAILURES_A_PROBE = 16;
  private static final boolean PAYS = Runtime.getRuntime().availableProcessors() > 1;

  private int average = 100;
  private int failures;

  /** How many looks to take. */
  int looks() {
    return PAYS ? Math.max(budget(), failures >= FAILURES_A_PROBE ? PROBE : 0) : 0;
  }

  private int budget() {
    return Math.min(MOST, 2 * average + LEAST);
  }

  /** It took that many looks. */
  void succeeded(int looks) {
    average = looks > budget() ? looks : average + ((looks - average) >> GAIN_SHIFT);
    failures = 0;
  }

  /** The budget was spent for nothing. */
  void failed() {
    average -= average >> GAIN_SHIFT;
    failures = failures >= FAILURES_A_PROBE ? 0 : failures + 1;
  }
}
