package dev.holdfast.resource.file;

import java.util.Optional;

/**
 * How a file is to be mapped. Immutable: each method returns a changed copy.
 *
 * <pre>{@code
 * MapOptions.readOnly().schema(TICK, 1)
 * MapOptions.readWrite().schema(TICK, 1).create(1_000 * TICK.byteSize())
 * }</pre>
 */
public final class MapOptions {
  private static final long BYTES_MAX = 1L << 61; // more than there are addresses

  /**
   * What a file says it holds.
   *
   * @param layout of its records
   * @param version of their meaning
   */
  record Schema(RecordLayout<?> layout, int version) {}

  private final MapMode mode;
  private final Optional<Schema> schema;
  private final long createBytes;

  private MapOptions(MapMode mode, Optional<Schema> schema, long createBytes) {
    this.mode = mode;
    this.schema = schema;
    this.createBytes = createBytes;
  }

  /** For reading; the file must exist. */
  public static MapOptions readOnly() {
    return new MapOptions(MapMode.READ_ONLY, Optional.empty(), 0);
  }

  /** For reading and writing; the file must exist unless {@link #create} is said. */
  public static MapOptions readWrite() {
    return new MapOptions(MapMode.READ_WRITE, Optional.empty(), 0);
  }

  /**
   * For reading, and for writing to a copy of one's own; the file must exist and stays as it is.
   */
  public static MapOptions privateCopy() {
    return new MapOptions(MapMode.PRIVATE, Optional.empty(), 0);
  }

  /**
   * The file starts with a header that names this layout and version; another one is refused.
   * Without a schema the file is bare: its first byte is the first of the data.
   *
   * @param version of what the records mean, for changes that the layout does not show
   */
  public MapOptions schema(RecordLayout<?> layout, int version) {
    return new MapOptions(mode, Optional.of(new Schema(layout, version)), createBytes);
  }

  /**
   * If there is no file, one is made with that many bytes of data, all zero, all allocated; it
   * appears under its name only when it is complete.
   *
   * @throws IllegalArgumentException if not positive, or more than a file can hold
   * @throws IllegalStateException unless the mode is READ_WRITE
   */
  public MapOptions create(long bytes) {
    requireBytes(bytes);
    if (mode != MapMode.READ_WRITE) {
      throw new IllegalStateException("only a file mapped READ_WRITE is created: mode=" + mode);
    }
    return new MapOptions(mode, schema, bytes);
  }

  static void requireBytes(long bytes) {
    if (bytes <= 0 || bytes > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a file has 1 to %d bytes of data: bytes=%d".formatted(BYTES_MAX, bytes));
    }
  }

  MapMode mode() {
    return mode;
  }

  Optional<Schema> schema() {
    return schema;
  }

  /** 0 if the file must exist. */
  long createBytes() {
    return createBytes;
  }

  /** Where the data begin. */
  long dataOffset() {
    return schema.isPresent() ? FileHeader.BYTES : 0;
  }

  @Override
  public String toString() {
    return "MapOptions[%s, schema=%s, create=%d]".formatted(mode, schema, createBytes);
  }
}
