/**
 * Named regions of shared memory that survive the death of anyone who uses them.
 *
 * <p>Start at {@link dev.holdfast.region.Space}: it opens or creates a space and makes this process
 * a participant of it. {@link dev.holdfast.region.Region} is a hold on a region and a view of its
 * bytes. What goes wrong is a {@link dev.holdfast.region.HoldfastException}.
 *
 * <p>Inside, from the bottom up: the {@code …Layout} classes are the byte layout and nothing else;
 * {@code ControlSegment} is a checked view of it; {@code LivenessFile} proves who is alive; {@code
 * Ledger}, {@code RegionTable}, {@code Catalog} and {@code EventLog} are the tables; {@code
 * Lifecycle} creates and reclaims; {@code Recovery} finishes what the dead began; {@code Watcher}
 * notices the dead.
 */
@NullMarked
package dev.holdfast.region;

import org.jspecify.annotations.NullMarked;
