@NullMarked
package dev.holdfast.resource.file;

import org.jspecify.annotations.NullMarked;
