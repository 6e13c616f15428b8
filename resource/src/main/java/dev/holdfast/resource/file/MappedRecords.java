package dev.holdfast.resource.file;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The records of a {@link MappedArray} inside {@link MappedArray#access}: read and written one by
 * one, truncation looked after at the end.
 *
 * <p><b>Sharing.</b> As the array.
 *
 * <p><b>Lifetime.</b> To be used inside {@code access}. Outside, a read of what was cut off may
 * return anything, and an {@link InternalError} come out of code that did nothing wrong.
 *
 * <p><b>Cost.</b> A bounds check, and the loads or stores of the components: in a loop what bare
 * VarHandles cost.
 *
 * <p><b>Errors.</b> An index outside is an {@link IndexOutOfBoundsException}; use after close an
 * {@link IllegalStateException}; a value that no record has a {@link MappedFileCorruptedException};
 * a write to what is mapped READ_ONLY an {@link IllegalArgumentException}.
 *
 * @param <R> the record
 */
public final class MappedRecords<R extends Record> {
  private final RecordLayout<R> layout;
  private final MemorySegment segment;
  private final long stride;
  private final long length;

  MappedRecords(RecordLayout<R> layout, MemorySegment segment) {
    this.layout = layout;
    this.segment = segment;
    this.stride = layout.byteSize();
    this.length = segment.byteSize() / stride;
  }

  /** How many records there are. */
  public long length() {
    return length;
  }

  /** The record at {@code index}. */
  public R get(long index) {
    return layout.readElement(segment, Objects.checkIndex(index, length));
  }

  /** Writes the record at {@code index}. */
  public void set(long index, R value) {
    layout.writeElement(segment, Objects.checkIndex(index, length), value);
  }

  /** The records {@code [from, to)}; nothing is copied. */
  MappedRecords<R> slice(long from, long to) {
    Objects.checkFromToIndex(from, to, length);
    return new MappedRecords<>(layout, segment.asSlice(from * stride, (to - from) * stride));
  }
}
