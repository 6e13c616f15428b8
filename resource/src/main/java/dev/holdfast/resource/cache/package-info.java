/**
 * A cache in the heap: bounded by entries or weight, with times to live, one load a key, and a
 * choice of what to forget.
 *
 * <p>Start at {@link dev.holdfast.resource.cache.Cache}.
 */
@NullMarked
package dev.holdfast.resource.cache;

import org.jspecify.annotations.NullMarked;
