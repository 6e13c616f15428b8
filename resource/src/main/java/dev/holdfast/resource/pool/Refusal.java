package dev.holdfast.resource.pool;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Why a borrower gets nothing, taken down under the lock; the borrower makes the exception of it.
 */
record Refusal(
    Kind kind, PoolSnapshot.Sizes sizes, String pool, long waitedNanos, @Nullable Throwable cause) {
  enum Kind {
    LATE,
    FULL,
    UNAVAILABLE,
    CLOSED
  }

  PoolException toException() {
    return switch (kind) {
      case LATE ->
          new AcquireTimeoutException(message("no object came free in time", whyLate()), cause);
      case FULL ->
          new PoolFullException(
              message("too many borrowers are waiting", "shed load, or raise maxWaiters"), cause);
      case UNAVAILABLE ->
          new PoolUnavailableException(
              message("creating objects keeps failing", "see the cause; the pool keeps trying"),
              cause);
      case CLOSED ->
          new PoolClosedException(message("the pool is shut down", "open another"), cause);
    };
  }

  private String whyLate() {
    if (sizes.lent() < sizes.max() && cause != null) {
      return "creating objects fails, see the cause";
    }
    if (sizes.lent() < sizes.max() && sizes.creating() > 0) {
      return "creating objects takes longer than that: warm up, or raise acquireTimeout";
    }
    if (sizes.lent() < sizes.max() && sizes.busy() + sizes.leaving() > 0) {
      return "objects take longer than that to be validated, recycled or destroyed: see whether the far side answers, or shorten recycleTimeout";
    }
    return "hold objects for less long, or raise max; pool.loans() says who has them, perhaps the very thread that asks for another";
  }

  private String message(String what, String next) {
    return "%s: pool=%s, waitedMillis=%d, max=%d, lent=%d, idle=%d, creating=%d, busy=%d, leaving=%d, waiting=%d%s; %s"
        .formatted(
            what,
            pool,
            TimeUnit.NANOSECONDS.toMillis(waitedNanos),
            sizes.max(),
            sizes.lent(),
            sizes.idle(),
            sizes.creating(),
            sizes.busy(),
            sizes.leaving(),
            sizes.waiting(),
            cause == null ? "" : ", latestFailure=" + PoolEvents.text(cause),
            next);
  }
}
