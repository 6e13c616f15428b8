package dev.holdfast.resource.guard;

import java.time.Duration;
import java.util.Optional;

/**
 * A guarded resource as a registry sees it.
 *
 * @param id unique in this process
 * @param name as its guard was named; many may share one
 * @param state LIVE or CLOSING, or a final state in a {@link DeadLetter}
 * @param priority that of its clean-up
 * @param age since it was registered
 * @param attempts how often its clean-up was begun
 * @param registeredAt where it was registered, if the registry's {@link LeakDetection} noted it
 */
public record ResourceInfo(
    long id,
    String name,
    GuardState state,
    CleanupPriority priority,
    Duration age,
    int attempts,
    Optional<Throwable> registeredAt) {}
