package dev.holdfast.sync;

/**
 * What {@link Locks#lockOrder} does when a thread is about to wait for a lock in an order that
 * could end in a deadlock.
 *
 * <p>A thread that asks for B owning A, both waiting as long as it takes, says that A comes before
 * B. If somebody ever said the opposite, directly or through other locks, then there is an
 * interleaving in which they wait for each other for ever, even if it never came to pass. That is a
 * <em>potential</em> deadlock: found by any test that runs both ways once, on one thread or many.
 */
public enum LockOrder {
  /** Nothing is recorded and nothing is checked. */
  OFF,
  /** Each potential deadlock is logged and kept in {@link Locks#potentialDeadlocks}, once. */
  WARN,
  /** As {@link #WARN}, but not logged: the caller gets a {@link LockOrderException} each time. */
  THROW
}
