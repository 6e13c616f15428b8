package dev.holdfast.resource.config;

import java.time.Duration;
import java.util.Optional;

/**
 * How changes come into force.
 *
 * @param prepareTimeout how long subscribers may prepare, and again commit
 * @param historySize how many configurations are kept
 * @param rollout whether changes come by and by
 */
record PipelineSettings(Duration prepareTimeout, int historySize, Optional<Rollout> rollout) {}
