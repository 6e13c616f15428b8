/** Tests of the platform on the real operating system. */
@NullMarked
package dev.holdfast.platform;

import org.jspecify.annotations.NullMarked;
