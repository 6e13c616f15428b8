package dev.holdfast.resource.data;

/**
 * What a {@link MutableSharedData} counted so far, and how it stands.
 *
 * @param version how many write guards were closed
 * @param readers open read guards
 * @param writing whether a write guard is open
 * @param waiting about how many threads wait
 * @param timeouts attempts that were given up
 */
public record MutableSharedDataStats(
    long version, int readers, boolean writing, int waiting, long timeouts) {}
