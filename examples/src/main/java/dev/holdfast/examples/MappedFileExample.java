package dev.holdfast.examples;

import dev.holdfast.resource.file.MapOptions;
import dev.holdfast.resource.file.MappedArray;
import dev.holdfast.resource.file.MappedFile;
import dev.holdfast.resource.file.MappedFileTruncatedException;
import dev.holdfast.resource.file.MaxBytes;
import dev.holdfast.resource.file.RecordLayout;
import dev.holdfast.resource.file.SchemaMismatchException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file as an array of records: written, read, grown, and cut short by somebody else. */
public final class MappedFileExample {
  /** One line of the file. */
  public record Measurement(long at, double celsius, @MaxBytes(12) String station) {}

  /** What somebody else takes the file for. */
  public record Price(long at, double euros) {}

  private static final RecordLayout<Measurement> LAYOUT = RecordLayout.of(Measurement.class);

  private MappedFileExample() {}

  /** Takes no arguments. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Files.createTempDirectory("measurements");
    Path path = directory.resolve("2026");
    try {
      write(path);
      read(path);
      misread(path);
      cutShort(path);
    } finally {
      Files.deleteIfExists(path);
      Files.delete(directory);
    }
  }

  private static void write(Path path) {
    MapOptions options = MapOptions.readWrite().schema(LAYOUT, 1).create(1_000 * LAYOUT.byteSize());
    try (MappedFile file = MappedFile.open(path, options)) {
      MappedArray<Measurement> year = file.array(LAYOUT);
      for (int i = 0; i < year.length(); i++) {
        year.set(i, new Measurement(i, 20 + i % 10, "roof"));
      }
      file.takeChecksum();
      file.force();
      System.out.println(year.length() + " records of " + LAYOUT.byteSize() + " bytes");
    }
  }

  private static void read(Path path) {
    try (MappedFile file = MappedFile.open(path, MapOptions.readOnly().schema(LAYOUT, 1))) {
      if (!file.verifyChecksum()) {
        throw new IllegalStateException("nobody took a checksum: " + file);
      }
      double mean =
          file.array(LAYOUT).stream().mapToDouble(Measurement::celsius).average().orElseThrow();
      System.out.println("mean " + mean);
    }
  }

  private static void misread(Path path) {
    MapOptions options = MapOptions.readOnly().schema(RecordLayout.of(Price.class), 1);
    try (MappedFile file = MappedFile.open(path, options)) {
      System.out.println("never printed: " + file);
    } catch (SchemaMismatchException refused) {
      System.out.println("refused: other records");
    }
  }

  private static void cutShort(Path path) throws IOException {
    try (MappedFile file = MappedFile.open(path, MapOptions.readOnly().schema(LAYOUT, 1));
        FileChannel other = FileChannel.open(path, StandardOpenOption.WRITE)) {
      MappedArray<Measurement> year = file.array(LAYOUT);
      other.truncate(4096);
      try {
        year.get(year.length() - 1);
      } catch (MappedFileTruncatedException cut) {
        System.out.println("cut short, and still alive");
      }
    }
  }
}
