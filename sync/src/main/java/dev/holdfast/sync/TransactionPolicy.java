package dev.holdfast.sync;

/**
 * Which transaction gives way when one waits for a mutex that another owns. Each has a ticket,
 * which it keeps over its retries; the lower one is the older.
 *
 * <p>Both keep transactions from waiting for each other in a ring: with {@link #WAIT_DIE} only
 * older ones wait for younger ones, with {@link #WOUND_WAIT} only younger ones for older ones.
 * Where both are at work on the same mutexes, those with {@code WOUND_WAIT} count as the older
 * ones; so that these do not starve the others, a transaction that began again eight times goes on
 * as one with {@code WOUND_WAIT}, with the age that it has.
 */
public enum TransactionPolicy {
  /**
   * The younger one gives way when it would have to wait for an older one. Nobody is disturbed who
   * does not wait.
   */
  WAIT_DIE,
  /**
   * The younger one gives way when it owns what an older one wants, as soon as it would have to
   * wait itself. Fewer retries than {@link #WAIT_DIE}, where few threads want the same.
   */
  WOUND_WAIT
}
