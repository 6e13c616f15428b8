package dev.holdfast.resource.config;

/**
 * How far a rollout is.
 *
 * @param change what is being rolled out
 * @param percent the share of keys that have the new configuration
 */
public record RolloutProgress<T>(ConfigChange<T> change, double percent) {}
