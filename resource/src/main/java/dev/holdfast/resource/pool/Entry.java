package dev.holdfast.resource.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One object of the pool and what the pool knows of it. Guarded by the exchange's lock, but for the
 * ticket, which a borrower compares without it.
 */
final class Entry<T> {
  /** Where an object is; {@link Exchange} has the transitions. */
  enum Place {
    IDLE,
    LENT,
    BUSY,
    LEAVING
  }

  private static final VarHandle TICKET;

  static {
    try {
      TICKET = MethodHandles.lookup().findVarHandle(Entry.class, "ticket", long.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  final Exchange<T> exchange;
  final Source<T> source;
  final T object;

  /** Drawn once, when the object was made: no check ever draws again. */
  final long lifetimeNanos;

  final long healthCheckNanos;
  final long createdNanos;

  Place place = Place.BUSY;
  long usedNanos;
  long idleSinceNanos;
  long pushed; // which push onto the idle stack was its latest
  long checkedNanos;
  byte roundsBusy; // of housekeeping, in this call of the manager
  boolean supplies; // is BUSY, and counted as on its way to a borrower
  boolean expired;
  boolean reported;
  @Nullable Thread borrower;
  @Nullable Trace<T> trace;

  @Nullable Entry<T> above;
  @Nullable Entry<T> below;

  private long ticket;

  Entry(
      Exchange<T> exchange, Source<T> source, T object, long now, long lifetime, long healthCheck) {
    this.exchange = exchange;
    this.source = source;
    this.object = object;
    this.createdNanos = now;
    this.usedNanos = now;
    this.checkedNanos = now;
    this.lifetimeNanos = lifetime;
    this.healthCheckNanos = healthCheck;
  }

  /** Whether that loan still runs. Needs no lock: a ticket is never drawn twice. */
  boolean isLentAs(long asked) {
    return (long) TICKET.getAcquire(this) == asked;
  }

  /** A new loan's ticket: odd. */
  long beginLoan() {
    return nextTicket();
  }

  /** From here on every guard of the object is stale: an even ticket is nobody's. */
  void endLoan() {
    nextTicket();
    borrower = null;
    reported = false;
    if (trace != null) {
      trace.clear();
      trace = null;
    }
  }

  private long nextTicket() {
    long next = ticket + 1;
    TICKET.setRelease(this, next); // pairs with the acquire in isLentAs
    return next;
  }

  boolean isPastLifetime(long now) {
    return expired || (lifetimeNanos != 0 && now - createdNanos >= lifetimeNanos);
  }

  boolean isDueForCheck(long now) {
    return healthCheckNanos != 0 && now - checkedNanos >= healthCheckNanos;
  }
}
