package dev.holdfast.resource.cache.shared;

/**
 * How full a shared cache is, counted when asked.
 *
 * @param bytes all the memory of the cache, tables included; never more, never less
 * @param entries entries in it; some may have expired
 * @param entriesMax how many it could hold
 * @param entryBytes bytes of their keys and values
 * @param usedBytes bytes of the blocks in use
 * @param usableBytes bytes of all blocks
 * @param filling entries that somebody is putting right now, or died while doing it
 */
public record SharedCacheUsage(
    long bytes,
    long entries,
    long entriesMax,
    long entryBytes,
    long usedBytes,
    long usableBytes,
    long filling) {}
