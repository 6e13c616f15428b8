package dev.holdfast.resource.cache.shared;

import dev.holdfast.platform.Words;

/**
 * A cache's memory and its shape, and the seat of who looks at it.
 *
 * @param words of the whole region
 * @param geometry where everything stands in it
 * @param hashSeed of this cache
 */
record CacheMemory(Words words, CacheGeometry geometry, long hashSeed) {}
