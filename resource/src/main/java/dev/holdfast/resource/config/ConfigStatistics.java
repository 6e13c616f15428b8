package dev.holdfast.resource.config;

import java.time.Duration;

/**
 * What a configuration counted since it was opened.
 *
 * @param applied changes that came into force, the first configuration not counted
 * @param unchanged readings that said what was in force already
 * @param rejected attempts that were refused, vetoes included
 * @param vetoed attempts that a subscriber refused
 * @param rollbacks returns to an older configuration, and rollouts that ended badly
 * @param subscriberFailures exceptions of listeners, commits and rollbacks
 * @param subscribers how many there are now
 * @param attempts how often a configuration was built, prepared and applied or refused
 * @param attemptTime how long all of that took together
 */
public record ConfigStatistics(
    long applied,
    long unchanged,
    long rejected,
    long vetoed,
    long rollbacks,
    long subscriberFailures,
    int subscribers,
    long attempts,
    Duration attemptTime) {}
