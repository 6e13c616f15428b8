package dev.holdfast.resource.pool;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/**
 * What a pool tells the flight recorder. Without a recording an event costs a test of a flag, and
 * lending at once has none.
 */
final class PoolEvents {
  private PoolEvents() {}

  /** What a failure says, whatever its author made of {@code toString}. */
  static String text(Throwable failure) {
    try {
      return failure.toString();
    } catch (Throwable silent) {
      return failure.getClass().getName();
    }
  }

  /** The event has ended. */
  static void created(String pool, Creation event, @Nullable Throwable failure) {
    if (event.shouldCommit()) {
      event.pool = pool;
      event.failure = failure == null ? null : text(failure);
      event.commit();
    }
  }

  static void destroyed(String pool, PoolCount reason, @Nullable Throwable cause) {
    Destruction event = new Destruction();
    if (event.shouldCommit()) {
      event.pool = pool;
      event.reason = reason.name();
      event.cause = cause == null ? null : text(cause);
      event.commit();
    }
  }

  static void breakerOpened(String pool, Throwable cause) {
    BreakerOpened event = new BreakerOpened();
    if (event.shouldCommit()) {
      event.pool = pool;
      event.cause = text(cause);
      event.commit();
    }
  }

  static void loanReported(String pool, PoolCount reason, Loan loan) {
    LoanReport event = new LoanReport();
    if (event.shouldCommit()) {
      event.pool = pool;
      event.reason = reason.name();
      event.borrower = loan.borrower();
      event.ageMillis = loan.age().toMillis();
      event.commit();
    }
  }

  static void waited(String pool, Wait event, boolean served) {
    event.end();
    if (event.shouldCommit()) {
      event.pool = pool;
      event.served = served;
      event.commit();
    }
  }

  @Name("dev.holdfast.PoolWait")
  @Label("Wait for a pooled object")
  @Category({"Holdfast", "Pool"})
  @Enabled(false)
  static final class Wait extends Event {
    @Label("Pool")
    @Nullable String pool;

    @Label("Served")
    boolean served;
  }

  @Name("dev.holdfast.PoolCreation")
  @Label("Creation of a pooled object")
  @Category({"Holdfast", "Pool"})
  @StackTrace(false)
  static final class Creation extends Event {
    @Label("Pool")
    @Nullable String pool;

    @Label("Failure")
    @Nullable String failure;
  }

  @Name("dev.holdfast.PoolDestruction")
  @Label("Destruction of a pooled object")
  @Category({"Holdfast", "Pool"})
  @StackTrace(false)
  static final class Destruction extends Event {
    @Label("Pool")
    @Nullable String pool;

    @Label("Reason")
    @Nullable String reason;

    @Label("Cause")
    @Nullable String cause;
  }

  @Name("dev.holdfast.PoolBreakerOpened")
  @Label("A pool's breaker opened")
  @Category({"Holdfast", "Pool"})
  @StackTrace(false)
  static final class BreakerOpened extends Event {
    @Label("Pool")
    @Nullable String pool;

    @Label("Cause")
    @Nullable String cause;
  }

  @Name("dev.holdfast.PoolLoanReport")
  @Label("A loan that is overdue or lost")
  @Category({"Holdfast", "Pool"})
  @StackTrace(false)
  static final class LoanReport extends Event {
    @Label("Pool")
    @Nullable String pool;

    @Label("Reason")
    @Nullable String reason;

    @Label("Borrower")
    @Nullable String borrower;

    @Label("Age in milliseconds")
    long ageMillis;
  }
}
