package dev.holdfast.resource.file;

import java.util.function.Function;
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
 * <p><b>Cost.</b> A bounds check, the loads or stores of the components, a look at whether the file
 * is open, and a safepoint poll, which in a loop are more than the rest: for many records use
 * {@link #access}.
 *
 * <p><b>Errors.</b> An index outside is an {@link IndexOutOfBoundsException}; use after close an
 * {@link IllegalStateException}; a file cut short a {@link MappedFileTruncatedException}, which get
 * and set know to within a page; a value that no record has a {@link MappedFileCorruptedException};
 * a write to what is mapped READ_ONLY an {@link IllegalArgumentException}.
 *
 * @param <R> the record
 */
public final class MappedArray<R extends Record> {
  private final MappedFile file;
  private final RecordLayout<R> layout;
  private final MappedRecords<R> records;

  MappedArray(MappedFile file, RecordLayout<R> layout, MappedRecords<R> records) {
    this.file = file;
    this.layout = layout;
    this.records = records;
  }

  /** How many records there are. */
  public long length() {
    return records.length();
  }

  /** How they lie in memory. */
  public RecordLayout<R> layout() {
    return layout;
  }

  /** The record at {@code index}. */
  public R get(long index) {
    file.requireUsable();
    try {
      R value = records.get(index);
      FaultFence.pass();
      return value;
    } catch (InternalError fault) {
      throw file.fault(fault);
    }
  }

  /** Writes the record at {@code index}; one that is refused leaves what was there. */
  public void set(long index, R value) {
    file.requireUsable();
    try {
      records.set(index, value);
      FaultFence.pass();
    } catch (InternalError fault) {
      throw file.fault(fault);
    }
  }

  /**
   * Runs {@code body} with the records, to read and write many of them: truncation is looked after
   * once, at the end, not at each of them.
   *
   * @return what {@code body} returns
   * @throws MappedFileTruncatedException if the file is cut short, whatever {@code body} made of it
   */
  public <T> T access(Function<? super MappedRecords<R>, ? extends T> body) {
    return file.access(_ -> body.apply(records));
  }

  /** The records {@code [from, to)} as an array of their own; nothing is copied. */
  public MappedArray<R> slice(long from, long to) {
    return new MappedArray<>(file, layout, records.slice(from, to));
  }

  /** All records, each read when the stream gets to it. */
  public Stream<R> stream() {
    return LongStream.range(0, length()).mapToObj(this::get);
  }

  @Override
  public String toString() {
    return "MappedArray[%d × %s in %s]".formatted(length(), layout.type().getSimpleName(), file);
  }
}
