package dev.holdfast.region;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A region as it stood in the table when asked.
 *
 * @param id names it for ever
 * @param name for people
 * @param osName where every program can map its bytes: a shared memory object's name, or a path
 * @param bytes its exact size
 * @param state where in its life it is
 * @param backing what stands behind it
 * @param policy when it is given back by itself
 * @param permissions mode bits of its object
 * @param zeroOnReclaim whether its bytes are set to zero before its memory is given back
 * @param onOwnerDeath what happens when its creator dies
 * @param createdAt when
 * @param owner the participant that created it
 * @param holders who holds it; their number is its reference count
 * @param sinceAccess how long ago somebody opened or closed it
 * @param opens how often it was opened
 * @param writableOpens how often for writing
 * @param checksum CRC-32C of its bytes when it was last taken
 * @param metadata what its creator said of it
 */
public record RegionInfo(
    RegionId id,
    String name,
    String osName,
    long bytes,
    State state,
    Backing backing,
    RegionPolicy policy,
    int permissions,
    boolean zeroOnReclaim,
    OwnerDeath onOwnerDeath,
    Instant createdAt,
    Owner owner,
    List<Holder> holders,
    Duration sinceAccess,
    long opens,
    long writableOpens,
    OptionalLong checksum,
    Map<String, String> metadata) {

  /** Where in its life a region is. */
  public enum State {
    /** Being made; cannot be opened yet. */
    CREATING,
    /** Can be opened. */
    LIVE,
    /** No new holds; goes with its last holder. */
    RETIRED,
    /** Retired by force: other programs cannot reach its object by name any more either. */
    FORCED,
    /** Somebody looks right now whether it can go. */
    RECLAIMING
  }

  /** What stands behind a region. */
  public enum Backing {
    /** A POSIX shared memory object. */
    SHM,
    /** A file. */
    FILE
  }

  /**
   * Who created a region.
   *
   * @param participant its handle
   * @param pid its process
   * @param uid its user
   * @param present whether that very participant is still a member
   */
  public record Owner(long participant, long pid, long uid, boolean present) {}

  /**
   * Who holds a region.
   *
   * @param participant its slot
   * @param pid its process, as it numbers itself
   * @param label what it says it is
   */
  public record Holder(int participant, long pid, String label) {}

  /** The path of a FILE region. */
  public Optional<String> path() {
    return backing == Backing.FILE ? Optional.of(osName) : Optional.empty();
  }
}
