package dev.holdfast.platform;

/**
 * Who a process is.
 *
 * @param pid in its own PID namespace
 * @param startTimeTicks when it started, in clock ticks since boot; with the pid it tells a process
 *     from a later one that got its number
 * @param pidNamespace the inode of its PID namespace; 0 where there is none
 * @param uid the effective user
 * @param gid the effective group
 * @param bootId of the machine's current boot, 16 bytes as two longs, high first
 * @param bootIdLow see {@code bootId}
 */
public record ProcessIdentity(
    long pid,
    long startTimeTicks,
    long pidNamespace,
    long uid,
    long gid,
    long bootId,
    long bootIdLow) {}
