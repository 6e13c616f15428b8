/**
 * What the locks between processes promise, asked of threads, virtual threads, JVMs and Python
 * processes alike: each of them is a {@link dev.holdfast.stress.locks.Party} that does what a line
 * of text tells it.
 */
@NullMarked
package dev.holdfast.stress.locks;

import org.jspecify.annotations.NullMarked;
