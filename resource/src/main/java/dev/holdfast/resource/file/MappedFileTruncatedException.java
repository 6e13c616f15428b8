package dev.holdfast.resource.file;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Somebody made a file shorter than its mapping, and it was noticed. The mapping is of no use from
 * then on: every access through it throws this; close it and open the file again.
 */
public final class MappedFileTruncatedException extends MappedFaultException {
  private static final long serialVersionUID = 1L;

  MappedFileTruncatedException(
      Path path, long mappedBytes, long fileBytes, @Nullable Throwable cause) {
    super(
        path,
        "mapped file was cut short by somebody: path=%s, mapped=%d bytes, file=%d bytes; close it and open it anew"
            .formatted(path, mappedBytes, fileBytes),
        cause);
  }
}
