/**
 * What the libraries count, as meters.
 *
 * <p>One binder a part; bind it to the registry of your choice. Binding costs the observed part
 * nothing: the figures are read when the meters are.
 *
 * <pre>{@code
 * new GuardMetrics(registry).bindTo(meters);
 * new PoolMetrics(pool).bindTo(meters);
 * new SharedDataMetrics("limits", limits).bindTo(meters);
 * }</pre>
 */
@NullMarked
package dev.holdfast.observe;

import org.jspecify.annotations.NullMarked;
