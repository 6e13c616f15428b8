package dev.holdfast.region;

/**
 * How much of a space is used.
 *
 * @param limits in force
 * @param regions in use
 * @param bytes of shared memory in use
 * @param participants present
 */
public record Usage(Limits limits, long regions, long bytes, int participants) {}
