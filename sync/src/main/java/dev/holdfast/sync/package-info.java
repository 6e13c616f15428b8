/**
 * Locks between threads, processes and languages that survive their holders.
 *
 * <p>A lock is found by its name in a space. Whoever holds it may be killed at any instruction: the
 * next one gets the lock and is told so.
 *
 * <pre>{@code
 * try (Space space = Space.open("frames")) {
 *   Mutex index = Locks.of(space).mutex("index");
 *   try (Hold held = index.hold()) {
 *     if (held.ownerDied()) {
 *       rebuildIndex();
 *       held.markConsistent();
 *     }
 *     changeIndex();
 *   }
 * }
 * }</pre>
 *
 * <p>{@link dev.holdfast.sync.Locks} is the way in; {@link dev.holdfast.sync.Mutex}, {@link
 * dev.holdfast.sync.ReadWriteLock} and {@link dev.holdfast.sync.Semaphore} are what it gives.
 * {@link dev.holdfast.sync.PlacedLocks} are the same kinds in the bytes of a region, beside what
 * they protect; an {@link dev.holdfast.sync.UndoRecord} lets the next owner take back what a dead
 * one left half changed. The bytes and the order of stores are in {@code docs/layout/locks.md}.
 */
@NullMarked
package dev.holdfast.sync;

import org.jspecify.annotations.NullMarked;
