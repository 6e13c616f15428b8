package dev.holdfast.cli;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.holdfast.region.Region;
import dev.holdfast.region.Space;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast get}: a region's bytes become a file. */
@Command(
    name = "get",
    description = {
      "Copies a region's bytes to a file.",
      "The file appears whole or not at all. Who writes to the region meanwhile is not waited for."
    },
    footerHeading = "%nExample:%n",
    footer = {"  holdfast get model -o model.bin", "  holdfast get model -o - | sha256sum"})
final class GetCommand extends SpaceCommand {
  private static final int CHUNK_BYTES = 8 << 20;

  @Parameters(paramLabel = "REGION", description = "Its name or id.")
  private String region = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      required = true,
      description = "Where to; - is standard output.")
  private Path output = Path.of("");

  @Option(names = "--force", description = "Replace a file that exists.")
  private boolean force;

  @Override
  public Integer call() throws IOException {
    boolean toStandardOutput = output.toString().equals("-");
    if (!toStandardOutput) {
      requireWritable();
    }
    try (Space space = openExisting();
        Region from = space.region(region)) {
      if (toStandardOutput) {
        print(from);
      } else {
        write(from);
      }
    }
    return ExitCode.DONE;
  }

  private void requireWritable() {
    if (!force && Files.exists(output)) {
      throw new FailureException(
          "FileExists", "the file exists: file=%s; --force replaces it".formatted(output));
    }
    if (Files.isDirectory(output)) {
      throw new FailureException(
          "NotAFile", "a directory cannot be replaced: file=%s".formatted(output));
    }
    if (!Files.isDirectory(directory())) {
      throw new FailureException(
          "DirectoryNotFound", "no such directory: directory=%s".formatted(directory()));
    }
  }

  private Path directory() {
    Path parent = output.toAbsolutePath().getParent();
    return parent == null ? output.toAbsolutePath() : parent;
  }

  private void write(Region from) throws IOException {
    Path part =
        directory()
            .resolve(".%s.part-%d".formatted(output.getFileName(), ProcessHandle.current().pid()));
    try {
      try (FileChannel to = FileChannel.open(part, CREATE_NEW, WRITE)) {
        copy(from, to::write);
      }
      move(part);
    } catch (ClosedByInterruptException e) {
      throw FailureException.interrupted("no file was written");
    } finally {
      Files.deleteIfExists(part);
    }
    if (json()) {
      printJson(
          Json.object(
              "id", from.id().toString(), "file", output.toString(), "sizeBytes", from.bytes()));
    }
  }

  private void move(Path part) throws IOException {
    if (force) {
      Files.move(part, output, StandardCopyOption.ATOMIC_MOVE);
    } else {
      Files.move(part, output); // refuses a file that came meanwhile
    }
  }

  private void print(Region from) throws IOException {
    copy(from, this::printBytes);
    console().out().flush();
  }

  private int printBytes(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    console().out().write(copy, 0, copy.length);
    if (console().out().checkError()) {
      throw new FailureException("OutputClosed", "standard output was closed before the end");
    }
    return copy.length;
  }

  /** Takes some of the bytes; returns how many. */
  private interface Sink {
    int take(ByteBuffer bytes) throws IOException;
  }

  private void copy(Region from, Sink sink) throws IOException {
    Progress copying = new Progress(console(), "copying", from.bytes());
    MemorySegment bytes = from.segment();
    try {
      for (long at = 0; at < from.bytes(); ) {
        long length = Math.min(CHUNK_BYTES, from.bytes() - at);
        at += sink.take(bytes.asSlice(at, length).asByteBuffer());
        copying.at(at);
      }
    } finally {
      copying.end();
    }
  }
}
