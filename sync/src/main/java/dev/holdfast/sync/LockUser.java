package dev.holdfast.sync;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A thread, of whatever process, that owns locks or waits for one.
 *
 * @param context its record's number
 * @param participant slot of its process
 * @param pid of its process, as it numbers itself
 * @param process what its process calls itself
 * @param thread its name, cut to 32 bytes
 * @param owns what it owns, as {@code name (mode)}
 * @param waitsFor what it waits for, as {@code name (mode)}
 * @param waited for how long
 * @param priority with which
 */
public record LockUser(
    int context,
    int participant,
    long pid,
    String process,
    String thread,
    List<String> owns,
    Optional<String> waitsFor,
    Duration waited,
    Priority priority) {}
