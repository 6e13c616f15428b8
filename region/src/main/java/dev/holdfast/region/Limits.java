package dev.holdfast.region;

import java.time.Duration;

/**
 * How much a space and its participants may use. A request that goes over one is refused before
 * anything is allocated.
 *
 * @param spaceBytes shared memory of all regions together
 * @param regionBytes shared memory of one region
 * @param participantBytes shared memory of the regions that one participant owns
 * @param regions how many regions; on a living space at most what it was created with
 * @param participants how many participants; on a living space at most what it was created with
 * @param sweepInterval how often each participant looks for what the dead left behind
 */
public record Limits(
    long spaceBytes,
    long regionBytes,
    long participantBytes,
    int regions,
    int participants,
    Duration sweepInterval) {

  private static final long GIB = 1L << 30;

  /**
   * 10 GiB a space and a participant, 1 GiB a region, 4,096 regions, 256 participants, a minute.
   */
  public static final Limits DEFAULT =
      new Limits(10 * GIB, GIB, 10 * GIB, 4096, 256, Duration.ofMinutes(1));

  /**
   * @throws IllegalArgumentException if a limit is not positive or beyond what the layout can hold
   */
  public Limits {
    requirePositive("spaceBytes", spaceBytes);
    requirePositive("regionBytes", regionBytes);
    requirePositive("participantBytes", participantBytes);
    requireAtMost("regions", regions, HeaderLayout.REGIONS_MAX);
    requireAtMost("participants", participants, HeaderLayout.PARTICIPANTS_MAX);
    if (sweepInterval.isNegative() || sweepInterval.isZero()) {
      throw new IllegalArgumentException(
          "limit must be positive: sweepInterval=" + sweepInterval + "; the default is a minute");
    }
  }

  /** These limits with another number of bytes for the space. */
  public Limits withSpaceBytes(long bytes) {
    return new Limits(bytes, regionBytes, participantBytes, regions, participants, sweepInterval);
  }

  /** These limits with another number of bytes for one region. */
  public Limits withRegionBytes(long bytes) {
    return new Limits(spaceBytes, bytes, participantBytes, regions, participants, sweepInterval);
  }

  /** These limits with another number of bytes for one participant's regions. */
  public Limits withParticipantBytes(long bytes) {
    return new Limits(spaceBytes, regionBytes, bytes, regions, participants, sweepInterval);
  }

  /** These limits with another number of regions. */
  public Limits withRegions(int count) {
    return new Limits(
        spaceBytes, regionBytes, participantBytes, count, participants, sweepInterval);
  }

  /** These limits with another number of participants. */
  public Limits withParticipants(int count) {
    return new Limits(spaceBytes, regionBytes, participantBytes, regions, count, sweepInterval);
  }

  /** These limits with another sweep interval. */
  public Limits withSweepInterval(Duration interval) {
    return new Limits(spaceBytes, regionBytes, participantBytes, regions, participants, interval);
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException("limit must be positive: %s=%d".formatted(name, value));
    }
  }

  private static void requireAtMost(String name, int value, int most) {
    if (value <= 0 || value > most) {
      throw new IllegalArgumentException(
          "limit out of range: %s=%d, allowed=1..%d".formatted(name, value, most));
    }
  }
}
