package dev.holdfast.resource.file;

import dev.holdfast.platform.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file mapped into memory, used as arrays of records or as a bare segment.
 *
 * <p><b>Sharing.</b> Any thread; {@link #grow} and {@link #close} by one at a time. Other processes
 * that map the file see what is written at once, unless it is mapped PRIVATE.
 *
 * <p><b>Lifetime.</b> Until {@link #close}: after it every access, by any thread, is an {@link
 * IllegalStateException}. What was written is in the file whatever becomes of this process, and on
 * the device after {@link #force}.
 *
 * <p><b>Truncation.</b> When somebody cuts the file short, the access that touches the missing part
 * throws {@link MappedFileTruncatedException}, and so does every later one (of another thread, once
 * it notices: a compiled loop of get or set over what is left may go on to its end); the JVM lives.
 * That holds for {@link MappedArray} and for what runs inside {@link #access}, as long as it reads
 * and writes plainly, copies or fills. {@link MappedArray#get} and {@link MappedArray#set} know it
 * to within a page: behind the new end, on the page that it lies on, zeros are read, and what is
 * written is lost. {@link #access}, {@link #force}, {@link #grow} and the checksum compare the
 * sizes as well, and throw whatever was touched. It cannot hold for atomic operations
 * (compare-and-set and the like) on {@link #segment}, nor for handing the segment to a system call
 * or a checksum: these can end the JVM. Words that processes synchronise by belong into a region,
 * which nobody can cut.
 *
 * <p><b>Cost.</b> Opening is a few system calls, whatever the size. Closing makes all threads pass
 * a checkpoint: put many files into a {@link MappedFileGroup}.
 *
 * <p><b>Errors.</b> {@link java.io.UncheckedIOException} and {@link
 * dev.holdfast.platform.SystemCallException} when the file cannot be opened, made or grown; {@link
 * SchemaMismatchException} and {@link MappedFileCorruptedException} when it is not what it should
 * be.
 *
 * <pre>{@code
 * MapOptions options = MapOptions.readWrite().schema(TICK, 1).create(1_000 * TICK.byteSize());
 * try (MappedFile file = MappedFile.open(Path.of("ticks"), options)) {
 *   file.array(TICK).set(0, new Tick(1, 2.5));
 * }
 * }</pre>
 */
public final class MappedFile implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final long PAGE_BYTES = 4096;
  private static final long RESERVED_BYTES_MIN = 1 << 20;

  private static final LongAdder OPEN = new LongAdder();
  private static final LongAdder MAPPED_BYTES = new LongAdder();
  private static final LongAdder OPENED = new LongAdder();
  private static final LongAdder GROWN = new LongAdder();
  private static final LongAdder FAULTS = new LongAdder();
  private static final LongAdder UNMAPS = new LongAdder();

  private static final VarHandle STATE = stateHandle();

  private enum State {
    OPEN,
    TRUNCATED,
    CLOSED
  }

  private final MapOptions options;
  private final OpenedFile file;
  private final Arena arena;
  private final Consumer<MappedFile> onClose;

  // What is mapped, and room to grow into: the addresses behind the end of the file, which nobody
  // must touch. Twice as much each time: all mappings ever made, none of which goes before the
  // arena, are few, and together least. Guarded by this.
  private MemorySegment reserved;

  // Its part up to the end of the file, as this mapping knows it.
  private volatile MemorySegment mapping;

  // Read plainly at every access, so that a compiled loop may look once: whatever would keep it
  // from that costs more than the access. What matters for safety is the arena's own check.
  private State state = State.OPEN;

  MappedFile(
      Platform platform, Path path, MapOptions options, Arena arena, Consumer<MappedFile> onClose) {
    this.options = options;
    this.arena = arena;
    this.onClose = onClose;
    this.file = OpenedFile.open(platform, path, options);
    boolean opened = false;
    try {
      this.reserved = mapWhole();
      this.mapping = reserved;
      opened = true;
    } finally {
      if (!opened) {
        file.close();
      }
    }
    OPEN.increment();
    OPENED.increment();
    MAPPED_BYTES.add(mapping.byteSize());
    MappedFileEvents.opened(this);
  }

  /**
   * Opens and maps a file, all of it, as {@code options} say.
   *
   * @throws SchemaMismatchException if it was written with another layout or version
   * @throws MappedFileCorruptedException if its header is damaged, or there is none
   * @throws java.io.UncheckedIOException if there is no such file, and none is to be made
   */
  public static MappedFile open(Path path, MapOptions options) {
    return open(Platform.current(), path, options);
  }

  static MappedFile open(Platform platform, Path path, MapOptions options) {
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try {
      MappedFile file = new MappedFile(platform, path, options, arena, closed -> unmap(arena));
      opened = true;
      return file;
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  /** What this process does with mapped files, all of them together. */
  public static MappedFileTotals totals() {
    return new MappedFileTotals(
        OPEN.sum(), MAPPED_BYTES.sum(), OPENED.sum(), GROWN.sum(), FAULTS.sum(), UNMAPS.sum());
  }

  private MemorySegment mapWhole() {
    long bytes = file.bytes();
    options.schema().ifPresent(schema -> requireHeader(bytes, schema));
    if (bytes <= options.dataOffset()) {
      throw new MappedFileCorruptedException(
          "file is empty: path=%s, bytes=%d; nothing of it can be mapped"
              .formatted(file.path(), bytes));
    }
    return file.map(bytes, arena);
  }

  private void requireHeader(long bytes, MapOptions.Schema schema) {
    if (bytes < FileHeader.BYTES) {
      throw new MappedFileCorruptedException(
          "file is shorter than a header: path=%s, bytes=%d".formatted(file.path(), bytes));
    }
    FileHeader.require(file.path(), file.read(0, FileHeader.BYTES), schema);
  }

  private static VarHandle stateHandle() {
    try {
      return MethodHandles.lookup().findVarHandle(MappedFile.class, "state", State.class);
    } catch (ReflectiveOperationException impossible) {
      throw new LinkageError("own field is missing", impossible);
    }
  }

  private State state() {
    return (State) STATE.getOpaque(this);
  }

  // ---- what it is ------------------------------------------------------------------------------

  /** Where it lies, links followed. */
  public Path path() {
    return file.path();
  }

  /** What the mapping allows. */
  public MapMode mode() {
    return options.mode();
  }

  /** Bytes of data: those of the file, without its header. */
  public long byteSize() {
    return mapping.byteSize() - options.dataOffset();
  }

  /** Whether it was not closed. */
  public boolean isOpen() {
    return state() != State.CLOSED;
  }

  /** Whether the file is shorter than its mapping now: asks the operating system. */
  public boolean isTruncated() {
    requireOpen();
    return file.bytes() < mapping.byteSize();
  }

  // ---- the data --------------------------------------------------------------------------------

  /**
   * The data as records, as many as fit.
   *
   * @throws SchemaMismatchException if the file has a schema, and it is not of this layout
   */
  public <R extends Record> MappedArray<R> array(RecordLayout<R> layout) {
    return array(layout, 0, byteSize() / layout.byteSize());
  }

  /**
   * A part of the data as records.
   *
   * @param offset of the first in the data, a multiple of the layout's alignment
   * @param count how many
   * @throws IndexOutOfBoundsException if they do not lie inside the data
   */
  public <R extends Record> MappedArray<R> array(RecordLayout<R> layout, long offset, long count) {
    requireUsable();
    options.schema().ifPresent(schema -> requireSchema(layout, schema));
    if (offset % layout.layout().byteAlignment() != 0) {
      throw new IllegalArgumentException(
          "records are aligned: path=%s, offset=%d, alignment=%d"
              .formatted(path(), offset, layout.layout().byteAlignment()));
    }
    return new MappedArray<>(
        this, layout, new MappedRecords<>(layout, span(offset, bytesOf(layout, count))));
  }

  private void requireSchema(RecordLayout<?> layout, MapOptions.Schema schema) {
    if (layout.layoutHash() != schema.layout().layoutHash()) {
      throw new SchemaMismatchException(
          "file holds other records: path=%s, file=%s, asked=%s"
              .formatted(path(), schema.layout().description(), layout.description()));
    }
  }

  private static long bytesOf(RecordLayout<?> layout, long count) {
    if (count < 0 || count > Long.MAX_VALUE / layout.byteSize()) {
      throw new IndexOutOfBoundsException("no such number of records: count=" + count);
    }
    return count * layout.byteSize();
  }

  /**
   * The data, bare. See <b>Truncation</b> above for what must not be done with it; inside {@link
   * #access} faults become typed exceptions.
   */
  public MemorySegment segment() {
    return span(0, byteSize());
  }

  /**
   * Runs {@code body} with the data; a fault under one of its plain accesses, copies or fills is
   * thrown here as {@link MappedFileTruncatedException} or {@link MappedFaultException}. So is it
   * when the file is shorter than its mapping afterwards, which is asked by one system call.
   */
  public <T> T access(Function<? super MemorySegment, ? extends T> body) {
    MemorySegment data = segment();
    try {
      T result = body.apply(data);
      FaultFence.pass();
      requireWhole();
      return result;
    } catch (InternalError fault) {
      throw fault(fault);
    }
  }

  private MemorySegment span(long offset, long length) {
    requireUsable();
    Objects.checkFromIndexSize(offset, length, byteSize());
    return mapping.asSlice(options.dataOffset() + offset, length);
  }

  // ---- the file --------------------------------------------------------------------------------

  /**
   * Makes the file longer and maps all of it. The new bytes are zero and allocated. Arrays and
   * segments taken before stay what they were. Waits for others that grow the same file, of this
   * process or another one; when it fails, what they have added stays. They exclude each other by a
   * kernel lock of a byte behind the end of the file: do not grow it while you hold a lock of the
   * whole file by another channel.
   *
   * <p>Cost: the allocation and a few system calls. Addresses are reserved for twice the size, so
   * that of many growths few map anew. The mappings before stay until the file (its group) is
   * closed: all together take up to four times the size in addresses, and no memory.
   *
   * @param bytes of data from now on
   * @throws IllegalArgumentException if that is less than there is, or more than a file can hold
   * @throws dev.holdfast.platform.SystemCallException if the file system has not as many bytes
   *     available as are missing: nothing was changed
   * @throws IllegalStateException unless it is mapped READ_WRITE
   */
  public synchronized void grow(long bytes) {
    requireWhole();
    if (mode() != MapMode.READ_WRITE) {
      throw new IllegalStateException(
          "only a file mapped READ_WRITE grows: path=%s, mode=%s".formatted(path(), mode()));
    }
    if (bytes < byteSize()) {
      throw new IllegalArgumentException(
          "a mapped file cannot shrink: path=%s, bytes=%d, asked=%d"
              .formatted(path(), byteSize(), bytes));
    }
    MapOptions.requireBytes(bytes);
    long whole = options.dataOffset() + bytes;
    long before = mapping.byteSize();
    if (whole > before) {
      file.allocate(before, whole);
      if (whole > reserved.byteSize()) {
        reserved = file.mapAhead(whole, Math.max(2 * whole, RESERVED_BYTES_MIN), arena);
      }
      mapping = reserved.asSlice(0, whole);
      GROWN.increment();
      MAPPED_BYTES.add(whole - before);
    }
  }

  /** Writes everything to the device; returns when it is there. */
  public void force() {
    force(0, byteSize());
  }

  /**
   * Writes a part of the data to the device; returns when it is there.
   *
   * @throws IllegalStateException if it is mapped PRIVATE: there is nothing to write
   */
  public void force(long offset, long length) {
    if (mode() == MapMode.PRIVATE) {
      throw new IllegalStateException("a private copy is never written back: path=" + path());
    }
    MemorySegment pages = pages(offset, length);
    if (pages.byteSize() > 0) {
      file.sync(pages);
    }
    requireWhole();
  }

  /** Has the kernel read a part of the data in, and does not wait for it. */
  public void prefetch(long offset, long length) {
    MemorySegment pages = pages(offset, length);
    if (pages.byteSize() > 0) {
      file.prefetch(pages);
    }
  }

  /** The pages that a part of the data lies on, up to the end of the mapping. */
  private MemorySegment pages(long offset, long length) {
    requireUsable();
    Objects.checkFromIndexSize(offset, length, byteSize());
    long from = (options.dataOffset() + offset) / PAGE_BYTES * PAGE_BYTES;
    long to = length == 0 ? from : options.dataOffset() + offset + length;
    return mapping.asSlice(from, to - from);
  }

  /**
   * Computes CRC-32C of the data and writes it into the header; writers meanwhile make it
   * worthless.
   *
   * @throws IllegalStateException unless the file has a schema and is mapped READ_WRITE
   */
  public long takeChecksum() {
    requireHeaderWritable();
    long crc = computeChecksum(byteSize());
    file.write(FileHeader.CHECKSUM, FileHeader.encodeChecksum(byteSize(), crc));
    return crc;
  }

  /**
   * Compares the data with the checksum that was last taken.
   *
   * @return false if none was ever taken
   * @throws MappedFileCorruptedException if they differ, or the checksum itself is damaged
   */
  public boolean verifyChecksum() {
    requireWhole();
    if (options.schema().isEmpty()) {
      return false;
    }
    byte[] part = file.read(FileHeader.CHECKSUM, FileHeader.CHECKSUM_BYTES);
    if (!FileHeader.hasChecksum(path(), part)) {
      return false;
    }
    long length = FileHeader.checksumLength(part);
    long computed = length > byteSize() || length < 0 ? -1 : computeChecksum(length);
    if (computed != FileHeader.checksum(part)) {
      throw new MappedFileCorruptedException(
          "data differ from their checksum: path=%s, bytes=%d, checksum=%08x, computed=%08x; somebody wrote since, or the file is damaged"
              .formatted(path(), length, FileHeader.checksum(part), computed));
    }
    return true;
  }

  private void requireHeaderWritable() {
    requireUsable();
    if (options.schema().isEmpty() || mode() != MapMode.READ_WRITE) {
      throw new IllegalStateException(
          "a checksum needs a header that can be written: path=%s, %s".formatted(path(), options));
    }
  }

  /** By copies: the checksum's own code would die of a fault. */
  private long computeChecksum(long bytes) {
    return access(data -> {
      CRC32C crc = new CRC32C();
      byte[] chunk = new byte[(int) Math.min(bytes, CHUNK_BYTES)];
      for (long at = 0; at < bytes; at += chunk.length) {
        int length = (int) Math.min(chunk.length, bytes - at);
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, chunk, 0, length);
        crc.update(chunk, 0, length);
      }
      return crc.getValue();
    });
  }

  // ---- ends ------------------------------------------------------------------------------------

  /** Unmaps and closes the file; the second close is a no-op. */
  @Override
  public synchronized void close() {
    if (STATE.getAndSet(this, State.CLOSED) != State.CLOSED) {
      OPEN.decrement();
      MAPPED_BYTES.add(-mapping.byteSize());
      file.close();
    }
    onClose.accept(this); // again if a call kept the arena from closing the first time
  }

  static void unmap(Arena arena) {
    if (arena.scope().isAlive()) {
      arena.close();
      UNMAPS.increment();
    }
  }

  void requireUsable() {
    if (state != State.OPEN) {
      throw unusable();
    }
  }

  private void requireOpen() {
    if (state() == State.CLOSED) {
      throw unusable();
    }
  }

  private RuntimeException unusable() {
    return state() == State.TRUNCATED
        ? new MappedFileTruncatedException(path(), mapping.byteSize(), file.bytes(), null)
        : new IllegalStateException("mapped file is closed: path=" + path());
  }

  /**
   * Asks for the file's size: within the last page that is left, what was cut off reads as zeros,
   * and what is written there is lost, without a fault.
   */
  private void requireWhole() {
    requireUsable();
    long mapped = mapping.byteSize(); // looked at first: both only grow
    long now = file.bytes();
    if (now < mapped) {
      throw truncated(now, null);
    }
  }

  /** What a fault means; whether the file is too short is asked now, after the fact. */
  MappedFaultException fault(InternalError fault) {
    requireOpen();
    long now = file.bytes();
    if (now < mapping.byteSize()) {
      return truncated(now, fault);
    }
    return noticed(
        new MappedFaultException(
            path(),
            "memory of a mapped file could not be provided: path=%s, mapped=%d bytes; its device may have failed or be full, or the error is the code's that used it"
                .formatted(path(), mapping.byteSize()),
            fault));
  }

  private MappedFaultException truncated(long now, @Nullable InternalError fault) {
    STATE.compareAndSet(this, State.OPEN, State.TRUNCATED);
    return noticed(new MappedFileTruncatedException(path(), mapping.byteSize(), now, fault));
  }

  private static MappedFaultException noticed(MappedFaultException meaning) {
    FAULTS.increment();
    MappedFileEvents.faulted(meaning);
    return meaning;
  }

  @Override
  public String toString() {
    return "MappedFile[%s, %s, %d bytes, %s]"
        .formatted(path(), mode(), byteSize(), state().name().toLowerCase(java.util.Locale.ROOT));
  }
}
