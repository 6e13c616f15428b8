package dev.holdfast.cli;

import dev.holdfast.region.Limits;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionPolicy;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast put}: a file becomes a region. */
@Command(
    name = "put",
    description = {
      "Copies a file into a new region and prints the region's id.",
      "The region stays until it is removed, unless a policy says otherwise. Others can open it when it is filled;"
          + " however this ends before that, nothing is left of it.",
      "The limits (--space-bytes ... --sweep-interval) are those of the space if this creates it."
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  id=$(holdfast put model.bin --name model)",
      "  holdfast put table.parquet --map                     # the file itself stands behind it",
      "  holdfast put job.dat --policy automatic --timeout 60 # given back when unused for a minute"
    })
final class PutCommand extends SpaceCommand {
  private static final int CHUNK_BYTES = 8 << 20;

  @Parameters(paramLabel = "FILE", description = "The file. Standard input (-) cannot be used.")
  private Path file = Path.of("");

  @Option(names = "--name", paramLabel = "NAME", description = "The region's name: the file's.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--policy",
      paramLabel = "POLICY",
      converter = PolicyName.Converter.class,
      completionCandidates = PolicyName.Candidates.class,
      defaultValue = "manual",
      description = "When it is given back by itself: ${COMPLETION-CANDIDATES}. Manual is never.")
  private PolicyName policy = PolicyName.MANUAL;

  @Option(
      names = "--timeout",
      paramLabel = "S",
      converter = SecondsConverter.class,
      description = "Automatic: given back when unused for S seconds; 300 unless given.")
  private Optional<Duration> timeout = Optional.empty();

  @Option(
      names = "--grace",
      paramLabel = "S",
      converter = SecondsConverter.class,
      description = "Reference-counted: given back when unheld for S seconds.")
  private Optional<Duration> grace = Optional.empty();

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      converter = ModeConverter.class,
      description = "Mode bits of its object; 0600 unless given.")
  private Optional<Integer> mode = Optional.empty();

  @Option(names = "--zero", description = "Set its bytes to zero before they are given back.")
  private boolean zero;

  @Option(names = "--map", description = "Copy nothing: the file itself stands behind the region.")
  private boolean map;

  @Option(names = "--no-checksum", description = "Take no checksum of the bytes.")
  private boolean noChecksum;

  @Mixin private LimitOptions limits = new LimitOptions();

  @Override
  public Integer call() throws IOException {
    requireFile();
    RegionSpec region = regionSpec();
    Limits wanted = limits.applyTo(Limits.DEFAULT);
    try (Space space = Space.open(spaceSpec().limits(wanted))) {
      requireLimits(space, wanted);
      if (map) {
        mapFile(space, region.file(file).readOnly());
      } else {
        fill(space, region);
      }
    }
    return ExitCode.DONE;
  }

  // ---- what is wanted --------------------------------------------------------------------------

  private void requireFile() {
    if (file.toString().equals("-")) {
      throw wrongUsage(
          "standard input cannot be put: a region's size must be known first; write it to a file");
    }
    if (!Files.exists(file)) {
      throw new FailureException("FileNotFound", "no such file: file=%s".formatted(file));
    }
    if (!Files.isRegularFile(file)) {
      throw new FailureException(
          "NotAFile", "only a regular file can be put: file=%s".formatted(file));
    }
    if (!Files.isReadable(file)) {
      throw new FailureException(
          "NotReadable", "no permission to read the file: file=%s".formatted(file));
    }
  }

  private RegionSpec regionSpec() {
    RegionSpec region =
        RegionSpec.named(name.orElseGet(() -> String.valueOf(file.getFileName())))
            .policy(regionPolicy());
    RegionSpec withMode = mode.map(region::permissions).orElse(region);
    return zero ? withMode.zeroOnReclaim() : withMode;
  }

  private RegionPolicy regionPolicy() {
    if (timeout.isPresent() && policy != PolicyName.AUTOMATIC) {
      throw wrongUsage("--timeout is for --policy automatic: policy=" + policy);
    }
    if (grace.isPresent() && policy != PolicyName.REFERENCE_COUNTED) {
      throw wrongUsage("--grace is for --policy reference-counted: policy=" + policy);
    }
    return switch (policy) {
      case MANUAL -> RegionPolicy.manual();
      case AUTOMATIC -> timeout.map(RegionPolicy::automatic).orElse(RegionPolicy.automatic());
      case REFERENCE_COUNTED ->
          RegionPolicy.referenceCounted(
              grace
                  .filter(Duration::isPositive)
                  .orElseThrow(() ->
                      wrongUsage(
                          "a reference-counted region goes when this command ends; give others time with --grace S")));
    };
  }

  /** An existing space keeps its limits; silently ignoring what was asked for would be wrong. */
  private void requireLimits(Space space, Limits wanted) {
    if (limits.isGiven() && !space.usage().limits().equals(wanted)) {
      throw new FailureException(
          "LimitsDiffer",
          "the space exists with other limits: space=%s; change them with: holdfast -s %s limits"
              .formatted(space.name(), space.name()));
    }
  }

  // ---- doing it --------------------------------------------------------------------------------

  private void fill(Space space, RegionSpec spec) throws IOException {
    try {
      createFilled(space, spec);
    } catch (ClosedByInterruptException e) {
      throw FailureException.interrupted("no region was left behind");
    }
  }

  private void createFilled(Space space, RegionSpec spec) throws IOException {
    try (FileChannel from = FileChannel.open(file)) {
      long bytes = from.size();
      Progress allocating = new Progress(console(), "allocating", Math.max(1, bytes));
      RegionSpec sized = spec.bytes(bytes).onProgress(allocating::at);
      try (Region region = space.create(sized, to -> copyAfter(allocating, from, to))) {
        finishOrRemove(space, region);
      } finally {
        allocating.end();
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void copyAfter(Progress allocating, FileChannel from, MemorySegment to) {
    allocating.end();
    Progress copying = new Progress(console(), "copying", to.byteSize());
    try {
      copy(from, to, copying);
    } catch (IOException e) {
      Thread.interrupted(); // or undoing the region would be interrupted as well
      throw new UncheckedIOException(e);
    } finally {
      copying.end();
    }
  }

  private void copy(FileChannel from, MemorySegment to, Progress copying) throws IOException {
    for (long at = 0; at < to.byteSize(); ) {
      long length = Math.min(CHUNK_BYTES, to.byteSize() - at);
      int read = from.read(to.asSlice(at, length).asByteBuffer(), at);
      if (read < 0) {
        throw new FailureException(
            "FileChanged",
            "the file became shorter while it was read: file=%s, expected=%d bytes, found=%d; no region was made"
                .formatted(file, to.byteSize(), at));
      }
      at += read;
      copying.at(at);
    }
  }

  private void mapFile(Space space, RegionSpec spec) {
    try (Region region = space.create(spec)) {
      finishOrRemove(space, region);
    }
  }

  /** Who ends this before the id was printed cannot know of the region. */
  private void finishOrRemove(Space space, Region region) {
    boolean finished = false;
    try {
      finish(space, region);
      finished = true;
    } finally {
      if (!finished) {
        space.remove(region.id().toString());
      }
    }
  }

  private void finish(Space space, Region region) {
    if (!noChecksum) {
      region.takeChecksum();
    }
    if (Thread.interrupted()) {
      throw FailureException.interrupted("the region was removed");
    }
    if (json()) {
      printJson(Json.object("space", space.name(), "region", RegionJson.summary(region.info())));
    } else {
      print(region.id().toString());
    }
  }
}
