package dev.holdfast.resource.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * How a record lies in memory: its components, in their order, as named members, each at a multiple
 * of its own alignment, as a C struct. Padding is explicit.
 *
 * <p>Components may be of any primitive type, enums, other records, and, with {@link MaxBytes},
 * {@code String} and {@code byte[]}. Booleans, constants, lengths and UTF-8 are checked when read;
 * lengths, null and UTF-8 before anything is written.
 *
 * <p><b>Sharing.</b> Immutable; make one a type and keep it in a {@code static final} field. Making
 * it defines a class.
 *
 * <p><b>Cost.</b> A record is read or written by plain loads and stores, and the compiler often
 * does without the object.
 *
 * <p><b>Errors.</b> A type that cannot be laid out is an {@link IllegalArgumentException} that
 * names the component; a value that cannot be, a {@link MappedFileCorruptedException}.
 *
 * <pre>{@code
 * record Tick(long at, double price, @MaxBytes(12) String symbol, Side side) {}
 *
 * static final RecordLayout<Tick> TICK = RecordLayout.of(Tick.class);
 * }</pre>
 *
 * @param <R> the record
 */
public final class RecordLayout<R extends Record> {
  private static final long FNV_BASIS = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final Class<R> type;
  private final StructLayout layout;
  private final String description;
  private final long hash;
  private final RecordAccess access;

  private RecordLayout(Class<R> type, ByteOrder order) {
    RecordBinding binding = new RecordBinding(type, order);
    this.type = type;
    this.layout = binding.layout();
    this.description = binding.description();
    this.hash = hash(description);
    this.access = binding.access();
  }

  /** The layout of a record type, in this machine's byte order. */
  public static <R extends Record> RecordLayout<R> of(Class<R> type) {
    return of(type, ByteOrder.nativeOrder());
  }

  /** The layout of a record type in a byte order of choice. */
  public static <R extends Record> RecordLayout<R> of(Class<R> type, ByteOrder order) {
    return new RecordLayout<>(type, order);
  }

  /** The record type. */
  public Class<R> type() {
    return type;
  }

  /** Members and padding, for other users of the same memory. */
  public StructLayout layout() {
    return layout;
  }

  /** Bytes from one record to the next in an array. */
  public long byteSize() {
    return layout.byteSize();
  }

  /** Name, type and offset of each component, size and byte order, for people. */
  public String description() {
    return description;
  }

  /**
   * FNV-1a (64 bit) of {@link #description}: equal for layouts that read each other's records, and
   * only for these. The names of components and constants count, that of the record does not.
   */
  public long layoutHash() {
    return hash;
  }

  /** The record at {@code offset} of any segment. */
  @SuppressWarnings("unchecked") // the access was made for R
  public R read(MemorySegment segment, long offset) {
    return (R) access.read(segment, offset);
  }

  /**
   * Writes a record at {@code offset} of any segment. Every component is looked at before anything
   * is written: a value that is refused leaves the memory as it was. Padding between components is
   * left as it is, which in a new file is zero; what a text or bytes leave of their place becomes
   * zero.
   *
   * @throws NullPointerException if the record or one of its components, which is named, is null
   * @throws IllegalArgumentException if a component, which is named, is longer than its place, or a
   *     text that UTF-8 cannot express
   */
  public void write(MemorySegment segment, long offset, R value) {
    access.write(segment, offset, value);
  }

  @SuppressWarnings("unchecked") // the access was made for R
  R readElement(MemorySegment segment, long index) {
    return (R) access.readElement(segment, index);
  }

  void writeElement(MemorySegment segment, long index, R value) {
    access.writeElement(segment, index, value);
  }

  private static long hash(String text) {
    long hash = FNV_BASIS;
    for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (next & 0xff)) * FNV_PRIME;
    }
    return hash;
  }

  @Override
  public String toString() {
    return "RecordLayout[%s, %d bytes, %s]"
        .formatted(type.getSimpleName(), byteSize(), description);
  }
}
