package dev.holdfast.resource.cache;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A cache's time: nanoseconds since some moment before it was made, so that no comparison meets a
 * wrapped clock. Writes read the true clock, hits the housekeeper's last look at it; a clock of the
 * user's own is read each time.
 */
final class CacheClock {
  private final @Nullable LongSupplier own;
  private final long origin;

  CacheClock(@Nullable LongSupplier own) {
    this.own = own;
    origin = own == null ? 0 : own.getAsLong();
  }

  long now() {
    return own == null ? Housekeeper.now() : own.getAsLong() - origin;
  }

  long coarse() {
    return own == null ? Housekeeper.coarseNanos() : own.getAsLong() - origin;
  }
}
