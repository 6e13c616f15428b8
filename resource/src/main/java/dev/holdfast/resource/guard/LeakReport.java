package dev.holdfast.resource.guard;

import java.util.Optional;

/**
 * Guards that were lost without being closed.
 *
 * @param name as the guards were named
 * @param count how many, of the same origin
 * @param registeredAt where they were made, if the registry's {@link LeakDetection} noted it
 */
public record LeakReport(String name, long count, Optional<Throwable> registeredAt) {}
