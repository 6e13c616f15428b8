package dev.holdfast.resource.file;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * How many bytes a {@code String} (as UTF-8) or {@code byte[]} component of a record takes in a
 * mapped file at most. The space for all of them is set aside in every record.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface MaxBytes {
  /** The most bytes of content; four more say how many there are. */
  int value();
}
