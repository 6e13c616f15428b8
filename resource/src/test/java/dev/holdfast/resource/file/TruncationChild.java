package dev.holdfast.resource.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A JVM that uses a mapped file in one way, warmed up or not, when the file is cut short. */
final class TruncationChild {
  private static final long HALF = 512;
  private static final int RECORD = 32;
  private static long sink;
  private static double total;

  private TruncationChild() {}

  /** A way of using it; at a record's index. */
  private interface Use {
    void at(MappedFile file, MappedArray<Tick> ticks, long index);
  }

  /** Arguments: a directory, warm-up rounds, ways. */
  public static void main(String[] arguments) throws IOException {
    int rounds = Integer.parseInt(arguments[1]);
    for (int i = 2; i < arguments.length; i++) {
      Path path = Path.of(arguments[0], arguments[i]);
      Files.write(path, new byte[(int) (2 * HALF * RECORD)]);
      System.out.println(arguments[i] + ": " + outcomes(path, use(arguments[i]), rounds));
    }
    System.out.println("ALIVE");
  }

  private static String outcomes(Path path, Use use, int rounds) {
    try (MappedFile file = MappedFile.open(path, MapOptions.readWrite())) {
      MappedArray<Tick> ticks = file.array(Tick.LAYOUT);
      for (int i = 0; i < rounds; i++) {
        run(use, file, ticks, 0, HALF);
      }
      cut(path);
      String one = outcome(() -> run(use, file, ticks, HALF, HALF + 1));
      return one + ", " + outcome(() -> run(use, file, ticks, HALF, 2 * HALF));
    }
  }

  private static void run(Use use, MappedFile file, MappedArray<Tick> ticks, long from, long to) {
    for (long i = from; i < to; i++) {
      use.at(file, ticks, i);
    }
  }

  private static Use use(String name) {
    return switch (name) {
      case "get" -> (file, ticks, i) -> sink += ticks.get(i).at();
      case "getAll" -> (file, ticks, i) -> total += sum(ticks.get(i));
      case "set" -> (file, ticks, i) -> ticks.set(i, Tick.of(i));
      case "access" ->
          (file, ticks, i) ->
              sink += file.access(data -> data.get(ValueLayout.JAVA_LONG, i * RECORD));
      case "records" -> (file, ticks, i) -> sink += ticks.access(records -> records.get(i).at());
      case "setRecords" ->
          (file, ticks, i) ->
              sink +=
                  ticks.access(records -> {
                    records.set(i, Tick.of(i));
                    return 1;
                  });
      case "copy" -> (file, ticks, i) -> sink += file.access(data -> copy(data, i))[0];
      case "fill" ->
          (file, ticks, i) ->
              sink +=
                  file.access(data -> data.asSlice(i * RECORD, RECORD).fill((byte) 1)).byteSize();
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static double sum(Tick tick) {
    return tick.amount() + tick.at() + tick.price() + tick.kind();
  }

  private static byte[] copy(MemorySegment data, long i) {
    byte[] bytes = new byte[RECORD];
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, i * RECORD, bytes, 0, RECORD);
    return bytes;
  }

  private static void cut(Path path) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(HALF * RECORD);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String outcome(Runnable body) {
    try {
      body.run();
      return "nothing happened";
    } catch (MappedFileTruncatedException expected) {
      return "TRUNCATED";
    } catch (Throwable other) {
      return other.toString();
    }
  }
}
