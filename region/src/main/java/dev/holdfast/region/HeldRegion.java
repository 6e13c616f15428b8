package dev.holdfast.region;

import java.time.Instant;

/**
 * A region that this process has open, for finding leaks.
 *
 * @param id which region
 * @param name its name
 * @param bytes its size
 * @param writable whether this view can be written
 * @param openedAt when it was opened
 * @param lost whether the garbage collector found it unclosed: nobody can close it any more
 * @param site the stack it was opened from; empty unless {@link LeakDetection#FULL}
 */
public record HeldRegion(
    RegionId id,
    String name,
    long bytes,
    boolean writable,
    Instant openedAt,
    boolean lost,
    String site) {}
