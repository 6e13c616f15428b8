package dev.holdfast.resource.pool;

/**
 * A guard over one borrowed object: {@link #close} gives it back.
 *
 * <p><b>Sharing.</b> Any thread may close it, not only the borrower. Each loan has its own guard,
 * so an old one can never touch a later loan of the same object.
 *
 * <p><b>Memory effects.</b> What a borrower did before closing happens before what the next
 * borrower of the object does.
 *
 * <p><b>Errors.</b> A second {@link #close} does nothing and is counted; {@link #get} after it
 * throws.
 *
 * @param <T> what is pooled
 */
public final class Pooled<T> implements AutoCloseable {
  /** How this guard was ended by its user; read and written under the exchange's lock. */
  enum Ended {
    NO,
    CLOSED,
    INVALIDATED
  }

  final Entry<T> entry;
  final long ticket;
  Ended ended = Ended.NO;

  Pooled(Entry<T> entry, long ticket) {
    this.entry = entry;
    this.ticket = ticket;
  }

  /**
   * The object, until this guard is closed.
   *
   * @throws IllegalStateException if it was given back, or taken back by a forced shutdown
   */
  public T get() {
    if (!entry.isLentAs(ticket)) {
      throw new IllegalStateException(
          "the object is no longer lent to this guard: pool=%s; it was closed, invalidated, or taken at shutdown"
              .formatted(entry.exchange.name()));
    }
    return entry.object;
  }

  /** Gives the object back: to the borrower who has waited longest, or into the pool. */
  @Override
  public void close() {
    entry.exchange.release(this);
  }

  /**
   * Gives the object back as broken: it is destroyed and its place used again. Closing afterwards
   * is right and does nothing.
   *
   * @param cause why, for the log and the flight recorder
   */
  public void invalidate(Throwable cause) {
    entry.exchange.invalidate(this, cause);
  }

  @Override
  public String toString() {
    return "Pooled[pool=%s, lent=%s]".formatted(entry.exchange.name(), entry.isLentAs(ticket));
  }
}
