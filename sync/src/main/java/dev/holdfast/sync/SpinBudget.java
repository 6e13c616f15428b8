package dev.holdfast.sync;

/**
 * How long to spin for a lock before sleeping: twice what spinning took lately, as long as it pays.
 *
 * <p>Waking a sleeper costs tens of microseconds, a hand-over to a spinner a tenth of one; but a
 * spinner on the owner's own processor only keeps it from finishing. So: no spinning on one
 * processor, a budget that follows its successes, and a small one left to notice when it would pay
 * again. After glibc's adaptive mutex.
 *
 * <p><b>Sharing.</b> Any thread; races lose an update, nothing else.
 */
final class SpinBudget {
  private static final int LEAST = 20;
  private static final int MOST = 2_000;
  private static final int GAIN_SHIFT = 3;
  private static final boolean PAYS = Runtime.getRuntime().availableProcessors() > 1;

  private int average = 100;

  /** How many looks to take. */
  int looks() {
    return PAYS ? Math.min(MOST, 2 * average + LEAST) : 0;
  }

  /** It took that many looks. */
  void succeeded(int looks) {
    average += (looks - average) >> GAIN_SHIFT;
  }

  /** The budget was spent for nothing. */
  void failed() {
    average -= average >> GAIN_SHIFT;
  }
}
