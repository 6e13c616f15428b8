/**
 * Resources that are cleaned up: soon, off the caller's thread, even if it goes wrong, and with a
 * report.
 *
 * <p>Start at {@link dev.holdfast.resource.guard.ResourceRegistry}: it guards resources and runs
 * their clean-ups. A {@link dev.holdfast.resource.guard.ResourceGuard} is the handle of one. How
 * one is cleaned up says its {@link dev.holdfast.resource.guard.CleanupPolicy}, how a registry
 * works its {@link dev.holdfast.resource.guard.RegistrySpec}. The way of every resource is drawn at
 * {@link dev.holdfast.resource.guard.GuardState}.
 *
 * <pre>{@code
 * try (ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("storage"))) {
 *   CleanupPolicy first = CleanupPolicy.standard().priority(CleanupPriority.CRITICAL);
 *   try (ResourceGuard<FileLock> lock = registry.guard("lock", take(), FileLock::release, first)) {
 *     work(lock.get());
 *   }                                                   // asks for the release, and goes on
 *   registry.forceCleanup(resource -> resource.age().toMinutes() > 10);
 *   CleanupReport report = registry.drain(Duration.ofSeconds(5));
 *   if (!report.isClean()) {
 *     registry.deadLetters().forEach(letter -> tell(letter.info(), letter.outcome()));
 *   }
 * }
 * }</pre>
 *
 * <p>Inside: {@code Entry} is a resource's state; {@code Entries} knows all of a registry; a close
 * leaves its entry in the {@code Inbox}, from which {@code Cleanups} has it run by a {@code Worker}
 * in the order of {@code CleanupQueue}; {@code LostGuards} closes what nobody has any more; {@code
 * Tally} makes the sum exact; {@code Acquisition} opens with a time-out; {@code Leaks} and {@code
 * DeadLetters} remember.
 */
@NullMarked
package dev.holdfast.resource.guard;

import org.jspecify.annotations.NullMarked;
