@NullMarked
package dev.holdfast.resource.cache.shared;

import org.jspecify.annotations.NullMarked;
