package dev.holdfast.sync;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A lock as it stands.
 *
 * @param index its number in the table
 * @param name its name
 * @param kind what it is
 * @param state free, owned, or broken
 * @param owners contexts that own it in whatever mode, readers and holders of permits among them
 * @param waiters contexts that wait for it, in no order
 * @param permits of a semaphore, 0 for the others
 * @param permitsTaken how many of them somebody living has
 * @param token how often it was owned
 * @param heldFor how long its owner has it, to within 200 ms, if that is known
 * @param createdAt when it was made
 * @param statistics what it counted
 */
public record LockInfo(
    int index,
    String name,
    LockKind kind,
    State state,
    List<Integer> owners,
    List<Integer> waiters,
    int permits,
    int permitsTaken,
    long token,
    Optional<Duration> heldFor,
    Instant createdAt,
    LockStatistics statistics) {
  /** What the owner word says. */
  public enum State {
    /** Nobody owns it. */
    FREE,
    /** Somebody living owns it. */
    OWNED,
    /** Its owner is dead; who takes it is told. */
    OWNER_DIED,
    /** Nobody gets it until an operator resets it. */
    NOT_RECOVERABLE
  }
}
