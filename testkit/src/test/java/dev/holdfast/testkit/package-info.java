/** The testkit's own tests, and the platform contract on every platform. */
@NullMarked
package dev.holdfast.testkit;

import org.jspecify.annotations.NullMarked;
