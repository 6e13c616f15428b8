package dev.holdfast.resource.guard;

/**
 * A resource that could not be cleaned up: kept so that somebody can look at it, and try otherwise.
 *
 * @param info what is known about it
 * @param outcome how its clean-up ended
 * @param resource the resource itself; where the clean-up timed out it may still be at work on it
 */
public record DeadLetter(ResourceInfo info, CleanupOutcome outcome, Object resource) {}
