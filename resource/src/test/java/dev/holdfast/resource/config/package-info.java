/** Reloadable configuration, proved. */
@NullMarked
package dev.holdfast.resource.config;

import org.jspecify.annotations.NullMarked;
