/** Lincheck of what the resource module shares between threads. */
@NullMarked
package dev.holdfast.stress.resource;

import org.jspecify.annotations.NullMarked;
