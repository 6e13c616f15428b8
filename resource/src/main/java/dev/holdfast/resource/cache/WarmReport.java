package dev.holdfast.resource.cache;

/**
 * What a {@linkplain Cache#warm warm-up} did; the sum is the number of keys given to it.
 *
 * @param loaded keys that were loaded
 * @param present keys that were there already, or that somebody else loaded meanwhile
 * @param failed keys whose loader failed
 */
public record WarmReport(long loaded, long present, long failed) {}
