/**
 * A cache that processes share, in fixed memory, which survives the death of any of them.
 *
 * <pre>{@code
 * SharedCacheSpec<String, byte[]> spec =
 *     SharedCacheSpec.named("pages", CacheCodec.utf8(), CacheCodec.bytes())
 *         .bytes(64L << 20)
 *         .timeToLive(Duration.ofMinutes(5));
 * try (Space space = Space.open("web");
 *     SharedCache<String, byte[]> pages = SharedCache.openOrCreate(space, spec)) {
 *   byte[] page = pages.get("/index", path -> render(path));
 * }
 * }</pre>
 *
 * <p>Another process, in Java or Python, opens the same cache by its name and finds the page.
 * {@link dev.holdfast.resource.cache.shared.SharedCache} is where to start; {@link
 * dev.holdfast.resource.cache.shared.CacheCodec} turns keys and values into bytes.
 */
@NullMarked
package dev.holdfast.resource.cache.shared;

import org.jspecify.annotations.NullMarked;
