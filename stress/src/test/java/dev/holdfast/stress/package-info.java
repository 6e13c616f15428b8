/** Exhaustive and randomised evidence for the protocols: models, interleavings, kills. */
@NullMarked
package dev.holdfast.stress;

import org.jspecify.annotations.NullMarked;
