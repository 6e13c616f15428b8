package dev.holdfast.resource.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a record cost that is read from or written to a mapped file, beside the same components
 * by VarHandles on a MemorySegment and by a MappedByteBuffer, without truncation handling?
 *
 * <p>A record of four components, 32 bytes; 4,096 of them, so that the first cache holds some and
 * the second all.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@OperationsPerInvocation(MappedFileBenchmark.RECORDS)
public class MappedFileBenchmark {
  static final int RECORDS = 4096;

  /** What is read and written. */
  public record Tick(int amount, long at, double price, byte kind) {}

  private static final RecordLayout<Tick> LAYOUT = RecordLayout.of(Tick.class);
  private static final VarHandle AMOUNT = handle("amount");
  private static final VarHandle AT = handle("at");
  private static final VarHandle PRICE = handle("price");
  private static final VarHandle KIND = handle("kind");
  private static final int STRIDE = 32;

  private final int[] anywhere = new Random(RECORDS).ints(RECORDS, 0, RECORDS).toArray();
  private final Path path;
  private final MappedFile file;
  private final MappedArray<Tick> array;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;
  private final ByteBuffer buffer;

  /** Maps one file in three ways. */
  public MappedFileBenchmark() {
    try {
      path = Files.createTempFile("holdfast-bench", ".ticks");
      Files.delete(path);
      MapOptions options = MapOptions.readWrite().create(RECORDS * LAYOUT.byteSize());
      file = MappedFile.open(path, options);
      array = file.array(LAYOUT);
      try (FileChannel channel =
          FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        long size = channel.size();
        segment = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
        buffer =
            channel.map(FileChannel.MapMode.READ_WRITE, 0, size).order(ByteOrder.nativeOrder());
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static VarHandle handle(String name) {
    return LAYOUT.layout().varHandle(PathElement.groupElement(name));
  }

  private static double sum(Tick tick) {
    return tick.amount() + tick.at() + tick.price() + tick.kind();
  }

  /** Whole records from the array. */
  @Benchmark
  public double arrayRead() {
    double sum = 0;
    for (int i = 0; i < RECORDS; i++) {
      sum += sum(array.get(i));
    }
    return sum;
  }

  /** Whole records from the array, in no order. */
  @Benchmark
  public double arrayReadAnywhere() {
    double sum = 0;
    for (int i : anywhere) {
      sum += sum(array.get(i));
    }
    return sum;
  }

  /** The same components by VarHandles, in no order. */
  @Benchmark
  public double bareReadAnywhere() {
    double sum = 0;
    for (int i : anywhere) {
      sum += sum(bare((long) i * STRIDE));
    }
    return sum;
  }

  /** Whole records from the array, truncation looked after once at the end. */
  @Benchmark
  public double accessRead() {
    return array.access(records -> {
      double sum = 0;
      for (int i = 0; i < RECORDS; i++) {
        sum += sum(records.get(i));
      }
      return sum;
    });
  }

  /** The same in no order. */
  @Benchmark
  public double accessReadAnywhere() {
    return array.access(records -> {
      double sum = 0;
      for (int i : anywhere) {
        sum += sum(records.get(i));
      }
      return sum;
    });
  }

  /** Whole records into the array, truncation looked after once at the end. */
  @Benchmark
  public boolean accessWrite() {
    return array.access(records -> {
      for (int i = 0; i < RECORDS; i++) {
        records.set(i, new Tick(i, i, i, (byte) i));
      }
      return true;
    });
  }

  /** The same components by VarHandles. */
  @Benchmark
  public double bareRead() {
    double sum = 0;
    for (int i = 0; i < RECORDS; i++) {
      sum += sum(bare((long) i * STRIDE));
    }
    return sum;
  }

  private Tick bare(long at) {
    return new Tick(
        (int) AMOUNT.get(segment, at),
        (long) AT.get(segment, at),
        (double) PRICE.get(segment, at),
        (byte) KIND.get(segment, at));
  }

  /** The same components from a MappedByteBuffer. */
  @Benchmark
  public double byteBufferRead() {
    double sum = 0;
    for (int i = 0; i < RECORDS; i++) {
      int at = i * STRIDE;
      sum +=
          sum(
              new Tick(
                  buffer.getInt(at),
                  buffer.getLong(at + 8),
                  buffer.getDouble(at + 16),
                  buffer.get(at + 24)));
    }
    return sum;
  }

  /** Whole records into the array. */
  @Benchmark
  public void arrayWrite() {
    for (int i = 0; i < RECORDS; i++) {
      array.set(i, new Tick(i, i, i, (byte) i));
    }
  }

  /** The same components by VarHandles. */
  @Benchmark
  public void bareWrite() {
    for (int i = 0; i < RECORDS; i++) {
      long at = (long) i * STRIDE;
      AMOUNT.set(segment, at, i);
      AT.set(segment, at, (long) i);
      PRICE.set(segment, at, (double) i);
      KIND.set(segment, at, (byte) i);
    }
  }

  /** The same components into a MappedByteBuffer. */
  @Benchmark
  public void byteBufferWrite() {
    for (int i = 0; i < RECORDS; i++) {
      int at = i * STRIDE;
      buffer.putInt(at, i).putLong(at + 8, i).putDouble(at + 16, i).put(at + 24, (byte) i);
    }
  }

  /** Leaves nothing. */
  @TearDown
  public void close() throws IOException {
    file.close();
    arena.close();
    Files.delete(path);
  }
}
