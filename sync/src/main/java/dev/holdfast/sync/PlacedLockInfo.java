package dev.holdfast.sync;

import dev.holdfast.region.RegionId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A lock in a region's bytes that somebody owns or waits for. Others are not seen: nobody keeps a
 * list of what is placed.
 *
 * @param name as {@code region[offset]}
 * @param region its id, unless it is gone
 * @param offset in the region
 * @param kind what its bytes say it is, if they can be read and make sense
 * @param owners contexts that own it in whatever mode, readers and holders of permits among them
 * @param waiters contexts that wait for it, or for its signal, in no order
 * @param heldFor how long its owner has it, if the owner's process writes that down
 */
public record PlacedLockInfo(
    String name,
    Optional<RegionId> region,
    long offset,
    Optional<LockKind> kind,
    List<Integer> owners,
    List<Integer> waiters,
    Optional<Duration> heldFor) {}
