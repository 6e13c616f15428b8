/** Programs to read and run, one a subject. */
@NullMarked
package dev.holdfast.examples;

import org.jspecify.annotations.NullMarked;
