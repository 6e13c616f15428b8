package dev.holdfast.cli;

import dev.holdfast.region.Limits;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The limits of a space as options; what is not given stays as it is. */
final class LimitOptions {
  @Option(
      names = "--space-bytes",
      paramLabel = "N",
      converter = SizeConverter.class,
      description = "Shared memory of all regions together, for example 20G.")
  private Optional<Long> spaceBytes = Optional.empty();

  @Option(
      names = "--region-bytes",
      paramLabel = "N",
      converter = SizeConverter.class,
      description = "Shared memory of one region.")
  private Optional<Long> regionBytes = Optional.empty();

  @Option(
      names = "--participant-bytes",
      paramLabel = "N",
      converter = SizeConverter.class,
      description = "Shared memory of the regions that one participant owns.")
  private Optional<Long> participantBytes = Optional.empty();

  @Option(names = "--regions", paramLabel = "N", description = "How many regions.")
  private Optional<Integer> regions = Optional.empty();

  @Option(names = "--participants", paramLabel = "N", description = "How many participants.")
  private Optional<Integer> participants = Optional.empty();

  @Option(
      names = "--sweep-interval",
      paramLabel = "S",
      converter = SecondsConverter.class,
      description = "How often each participant looks for what the dead left, in seconds.")
  private Optional<Duration> sweepInterval = Optional.empty();

  /** Whether any was given. */
  boolean isGiven() {
    return spaceBytes.isPresent()
        || regionBytes.isPresent()
        || participantBytes.isPresent()
        || regions.isPresent()
        || participants.isPresent()
        || sweepInterval.isPresent();
  }

  /** These limits, changed by what was given. */
  Limits applyTo(Limits limits) {
    return new Limits(
        spaceBytes.orElse(limits.spaceBytes()),
        regionBytes.orElse(limits.regionBytes()),
        participantBytes.orElse(limits.participantBytes()),
        regions.orElse(limits.regions()),
        participants.orElse(limits.participants()),
        sweepInterval.orElse(limits.sweepInterval()));
  }
}
