package dev.holdfast.region;

import java.time.Instant;
import java.util.Optional;

/**
 * Something that happened in a space, from its ring of recent events.
 *
 * @param sequence counts from 1 since the space was created
 * @param at when
 * @param kind what
 * @param actor the participant that did it: {@code generation << 16 | slot}
 * @param pid its process, as it numbers itself
 * @param region which region it was about
 * @param value see {@link Kind}
 * @param text the region's name, or a reason
 */
public record SpaceEvent(
    long sequence,
    Instant at,
    Kind kind,
    long actor,
    long pid,
    Optional<RegionId> region,
    long value,
    String text) {

  /** What happened, and what {@link #value()} counts. */
  public enum Kind {
    /** A participant joined; 0. */
    JOINED(1),
    /** A participant left; 0. */
    LEFT(2),
    /** A dead participant was recovered; holds dropped. */
    RECOVERED(3),
    /** A region was created; bytes. */
    CREATED(4),
    /** A region was retired; holders at that moment. */
    RETIRED(5),
    /** A region was given back; bytes. */
    RECLAIMED(6),
    /** An operator took a region's name away; holders at that moment. */
    FORCED(7),
    /** A region whose creator died or failed was undone; bytes. */
    UNDONE(8),
    /** The limits were changed; 0. */
    LIMITS_CHANGED(9),
    /** Damage was mended; how many places. */
    REPAIRED(10),
    /** A region's owner died and the region asked for it; 1 retired, 2 reset. */
    OWNER_DIED(11),
    /** An object that belonged to nothing was removed; bytes. */
    LEFTOVER_REMOVED(12),
    /** A lock's owner died inside; index of the lock. */
    LOCK_OWNER_DIED(13),
    /** A deadlock was broken; index of the lock that its victim waited for. */
    DEADLOCK_BROKEN(14);

    private final long code;

    Kind(long code) {
      this.code = code;
    }

    long code() {
      return code;
    }

    static Optional<Kind> of(long code) {
      return code >= 1 && code <= values().length
          ? Optional.of(values()[(int) code - 1])
          : Optional.empty();
    }
  }
}
