package dev.holdfast.resource.file;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Records in a mapped file, by their index.
 *
 * <p><b>Sharing.</b> Any thread may read and write, plainly: who writes when, and who sees it, is
 * theirs to order. A record that is written while it is read may be read half old.
 *
 * <p><b>Lifetime.</b> That of its file. It keeps its length when the file grows: ask the file for a
 * longer one.
 *
 * <p><b>Cost.</b> A bounds check, the loads or stores of the components, and a safepoint poll.
 *
 * <p><b>Errors.</b> An index outside is an {@link IndexOutOfBoundsException}; use after close an
 * {@link IllegalStateException}; a file cut short a {@link MappedFileTruncatedException}; a value
 * that no record has a {@link MappedFileCorruptedException}; a write to what is mapped READ_ONLY an
 * {@link IllegalArgumentException}.
 *
 * @param <R> the record
 */
public final class MappedArray<R extends Record> {
  private final MappedFile file;
  private final RecordLayout<R> layout;
  private final MemorySegment segment;
  private final long stride;
  private final long length;

  MappedArray(MappedFile file, RecordLayout<R> layout, MemorySegment segment) {
    this.file = file;
    this.layout = layout;
    this.segment = segment;
    this.stride = layout.byteSize();
    this.length = segment.byteSize() / stride;
  }

  /** How many records there are. */
  public long length() {
    return length;
  }

  /** How they lie in memory. */
  public RecordLayout<R> layout() {
    return layout;
  }

  /** The record at {@code index}. */
  public R get(long index) {
    long offset = Objects.checkIndex(index, length) * stride;
    file.requireUsable();
    try {
      R value = layout.read(segment, offset);
      FaultFence.pass();
      return value;
    } catch (InternalError fault) {
      throw file.fault(fault);
    }
  }

  /** Writes the record at {@code index}. */
  public void set(long index, R value) {
    long offset = Objects.checkIndex(index, length) * stride;
    file.requireUsable();
    try {
      layout.write(segment, offset, value);
      FaultFence.pass();
    } catch (InternalError fault) {
      throw file.fault(fault);
    }
  }

  /** The records {@code [from, to)} as an array of their own; nothing is copied. */
  public MappedArray<R> slice(long from, long to) {
    Objects.checkFromToIndex(from, to, length);
    return new MappedArray<>(file, layout, segment.asSlice(from * stride, (to - from) * stride));
  }

  /** All records, each read when the stream gets to it. */
  public Stream<R> stream() {
    return LongStream.range(0, length).mapToObj(this::get);
  }

  @Override
  public String toString() {
    return "MappedArray[%d × %s in %s]".formatted(length, layout.type().getSimpleName(), file);
  }
}
