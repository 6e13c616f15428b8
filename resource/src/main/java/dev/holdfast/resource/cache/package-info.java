/**
 * A cache in the heap: bounded by entries or weight, with times to live, one load a key, and a
 * choice of what to forget.
 *
 * <p>Start at {@link dev.holdfast.resource.cache.Cache}; {@link
 * dev.holdfast.resource.cache.CacheBuilder} describes a new one. What goes when it is full is an
 * {@link dev.holdfast.resource.cache.EvictionPolicy}: one of {@link
 * dev.holdfast.resource.cache.EvictionPolicies}, or your own.
 *
 * {@snippet :
 * Cache<Long, Customer> customers =
 *     Cache.<Long, Customer>builder()
 *         .maximumEntries(100_000)
 *         .expireAfterWrite(Duration.ofMinutes(10))
 *         .build();
 * Customer customer = customers.get(42L, id -> database.customer(id));
 * }
 *
 * <p>Inside: {@code HeapCache} finds in one {@code KeyTable}, without a lock, and forgets in some
 * {@code Shard}s, each with a lock, a policy and a {@code TimerWheel}; {@code Loads} keeps loads
 * single and wanted; {@code Housekeeper} is the one background thread. A hit leaves a {@code Mark}
 * in its {@code Entry}; the {@code MarkedPolicy} classes read it when they choose a victim, and say
 * as {@code Marking} policies which hits are no news to them. {@code AdaptivePolicy} runs the
 * {@code Member} that wins the {@code Rivalry} of their {@code Shadow}s.
 */
@NullMarked
package dev.holdfast.resource.cache;

import org.jspecify.annotations.NullMarked;
