/**
 * What Holdfast asks of the operating system, and nothing above it.
 *
 * <p>Start at {@link dev.holdfast.platform.Platform}: shared memory objects and files, mappings,
 * kernel locks, futexes, process identity. {@link dev.holdfast.platform.Words} is the other door:
 * atomic access to the aligned cells of a mapping. Everything that fails in the operating system is
 * a {@link dev.holdfast.platform.SystemCallException} that names the call, the errno and the
 * arguments.
 */
@NullMarked
package dev.holdfast.platform;

import org.jspecify.annotations.NullMarked;
