package dev.holdfast.resource.data;

/**
 * What a {@link SharedData} counted so far. Reads are not counted: that would cost more than they
 * do.
 *
 * @param version of the current value: the number of changes
 * @param retries updates that had to be computed again, because another one came first
 * @param inPlace changes made in place
 * @param copies changes made on a copy
 * @param exclusiveRefused changes in place refused because somebody else had the value
 * @param openLeases leases not closed, of whatever version
 * @param subscribers open subscriptions
 * @param delivered versions that subscribers were told
 * @param skipped versions that subscribers were not told, because they were slow
 * @param listenerFailures exceptions that subscribers threw
 */
public record SharedDataStats(
    long version,
    long retries,
    long inPlace,
    long copies,
    long exclusiveRefused,
    long openLeases,
    int subscribers,
    long delivered,
    long skipped,
    long listenerFailures) {}
