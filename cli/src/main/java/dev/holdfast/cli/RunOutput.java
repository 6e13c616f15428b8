package dev.holdfast.cli;

import dev.holdfast.worker.NdArray;
import dev.holdfast.worker.Result;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.util.RawValue;

/**
 * The results of {@code run}: told, and written to a file if one was named. The file appears whole,
 * when all slices are done, or not at all.
 */
final class RunOutput implements AutoCloseable {
  private static final int SHOWN_CHARACTERS = 60;
  private static final long CHUNK_BYTES = 1L << 30;

  private final Optional<Path> file;
  private final Optional<Path> part;
  private final Optional<FileChannel> channel;
  private final Table table = new Table(">SLICE", ">OFFSET", "SHAPE", ">PID", ">TRIES", "RESULT");
  private final List<Map<String, @Nullable Object>> slices = new ArrayList<>();
  private final String space;
  private boolean arrays;

  private RunOutput(Optional<Path> file, String space) throws IOException {
    this.file = file;
    this.space = space;
    this.part = file.map(RunOutput::partOf);
    this.channel = part.isPresent() ? Optional.of(create(part.get())) : Optional.empty();
  }

  static RunOutput to(Optional<Path> file, String space) throws IOException {
    return new RunOutput(file, space);
  }

  private static Path partOf(Path file) {
    return file.resolveSibling(
        "%s.%d.part".formatted(file.getFileName(), ProcessHandle.current().pid()));
  }

  private static FileChannel create(Path part) throws IOException {
    return FileChannel.open(
        part,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  /** The next slice's result; it may be closed afterwards. */
  void add(NdArray slice, Result result) throws IOException {
    requireSameKind(result);
    arrays |= result.isArray();
    if (channel.isPresent()) {
      write(result, channel.get());
    }
    table.row(
        result.index(), slice.offset(), shape(slice), result.pid(), result.tries(), shown(result));
    Map<String, @Nullable Object> row =
        Json.object(
            "index",
            result.index(),
            "offset",
            slice.offset(),
            "shape",
            slice.shape(),
            "pid",
            result.pid(),
            "tries",
            result.tries());
    if (result.isArray()) {
      NdArray array = result.array();
      row.put("array", Json.object("dtype", array.type().numpyName(), "shape", array.shape()));
    } else {
      row.put("value", new RawValue(result.json()));
    }
    slices.add(row);
  }

  /** Gives the file its name. */
  void finish() throws IOException {
    if (channel.isPresent()) {
      channel.get().close();
      Files.move(part.orElseThrow(), file.orElseThrow(), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  List<String> table() {
    return table.lines();
  }

  Map<String, @Nullable Object> json(String function) {
    return Json.object("space", space, "function", function, "slices", slices);
  }

  /** What a person should know. */
  Optional<String> hint() {
    return arrays && file.isEmpty()
        ? Optional.of("the function returned arrays; --output FILE writes their bytes")
        : file.map(path -> "results written: output=" + path);
  }

  @Override
  public void close() throws IOException {
    if (channel.isPresent()) {
      channel.get().close();
      Files.deleteIfExists(part.orElseThrow());
    }
  }

  private void requireSameKind(Result result) {
    if (channel.isPresent() && !slices.isEmpty() && arrays != result.isArray()) {
      throw new FailureException(
          "MixedResults",
          "results do not fit into one file: slice %d is %s, those before are not; let the function always return the same kind"
              .formatted(result.index(), result.isArray() ? "an array" : "a value"));
    }
  }

  private static void write(Result result, FileChannel channel) throws IOException {
    if (result.isArray()) {
      MemorySegment bytes = result.array().segment();
      for (long at = 0; at < bytes.byteSize(); at += CHUNK_BYTES) {
        writeAll(bytes.asSlice(at, Math.min(CHUNK_BYTES, bytes.byteSize() - at)), channel);
      }
    } else {
      writeAll(
          MemorySegment.ofArray((result.json() + "\n").getBytes(StandardCharsets.UTF_8)), channel);
    }
  }

  private static void writeAll(MemorySegment bytes, FileChannel channel) throws IOException {
    var buffer = bytes.asByteBuffer();
    while (buffer.hasRemaining()) {
      var _ = channel.write(buffer);
    }
  }

  private static String shown(Result result) {
    if (result.isArray()) {
      return result.array().type().numpyName() + shape(result.array());
    }
    String json = result.json();
    return json.length() > SHOWN_CHARACTERS ? json.substring(0, SHOWN_CHARACTERS) + "…" : json;
  }

  private static String shape(NdArray array) {
    return Arrays.toString(array.shape()).replace(" ", "");
  }
}
