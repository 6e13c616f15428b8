package dev.holdfast.resource.file;

import dev.holdfast.region.HoldfastException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The memory behind a mapped file could not be provided: the device failed, or a sparse part of the
 * file met a full file system. What the failed access returned or wrote does not count.
 */
public class MappedFaultException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  private final transient Path path;

  MappedFaultException(Path path, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.path = path;
  }

  /** The file. */
  public final Path path() {
    return path;
  }
}
