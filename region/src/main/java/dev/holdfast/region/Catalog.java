package dev.holdfast.region;

import dev.holdfast.platform.Words;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The catalog section: the sums over the region table and the limits they are held against.
 *
 * <p><b>Sharing.</b> {@link #section} is exclusive between processes and threads; the kernel ends
 * it when its holder dies.
 *
 * <p><b>Crash points.</b> {@code actor} is set before anything changes and cleared after the last
 * change. Whoever enters and finds it set knows that a holder died inside (or failed), and recounts
 * the sums from the table. The sums are caches: the table is the truth.
 */
final class Catalog {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final ControlSegment segment;
  private final Words words;
  private final LivenessFile live;
  private final RegionTable table;
  private final Participants participants;

  Catalog(ControlSegment segment, LivenessFile live, RegionTable table, Participants participants) {
    this.segment = segment;
    this.words = segment.words();
    this.live = live;
    this.table = table;
    this.participants = participants;
  }

  /**
   * Runs {@code change} as the only one inside. A failed change leaves the sums to be recounted.
   */
  <T> T section(Actor me, Supplier<T> change) {
    try (LivenessFile.Held _ = live.lockCatalog(TIMEOUT, this::describeActor)) {
      if (get(CatalogLayout.ACTOR) != 0) {
        recount();
      }
      set(CatalogLayout.ACTOR, me.slot() + 1L);
      T result = change.get();
      set(CatalogLayout.ACTOR, 0);
      return result;
    }
  }

  /** What a region of these bytes adds to the sums; inside the section only. */
  void charge(int ownerSlot, long bytes) {
    add(1, bytes);
    participants.setBytesInUse(ownerSlot, participants.bytesInUse(ownerSlot) + bytes);
  }

  /** Takes a region out of the sums; inside the section only. */
  void discharge(long ownerHandle, long bytes) {
    add(-1, -bytes);
    int owner = Handle.slot(ownerHandle);
    if (participants.isMember(ownerHandle)) {
      participants.setBytesInUse(owner, participants.bytesInUse(owner) - bytes);
    }
  }

  long regionsInUse() {
    return get(CatalogLayout.REGIONS_IN_USE);
  }

  long bytesInUse() {
    return get(CatalogLayout.BYTES_IN_USE);
  }

  /**
   * The limits in force.
   *
   * @throws CorruptedException if a limit's word is damaged
   */
  Limits limits() {
    try {
      Limits limits =
          new Limits(
              get(CatalogLayout.LIMIT_SPACE_BYTES),
              get(CatalogLayout.LIMIT_REGION_BYTES),
              get(CatalogLayout.LIMIT_PARTICIPANT_BYTES),
              Math.toIntExact(get(CatalogLayout.LIMIT_REGIONS)),
              Math.toIntExact(get(CatalogLayout.LIMIT_PARTICIPANTS)),
              Duration.ofNanos(get(CatalogLayout.SWEEP_INTERVAL_NANOS)));
      if (limits.regions() > segment.regions() || limits.participants() > segment.participants()) {
        throw new IllegalArgumentException(
            "limit over capacity: regions=%d, participants=%d"
                .formatted(limits.regions(), limits.participants()));
      }
      return limits;
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new CorruptedException(
          "a limit of the space is damaged: %s; run: holdfast repair".formatted(e.getMessage()), e);
    }
  }

  /** Brings {@code next} into force if {@code seen} still is; whether it was. */
  boolean replaceLimits(Actor me, Limits seen, Limits next) {
    return section(
        me,
        () -> {
          boolean unchanged = limits().equals(seen);
          if (unchanged) {
            segment.writeLimits(next);
          }
          return unchanged;
        });
  }

  long get(int field) {
    return words.get(segment.catalog(field));
  }

  void set(int field, long value) {
    words.set(segment.catalog(field), value);
  }

  /** How many participants may join; damage does not keep those out who would mend it. */
  int participantLimit() {
    long limit = get(CatalogLayout.LIMIT_PARTICIPANTS);
    return limit < 1 || limit > participants.capacity() ? participants.capacity() : (int) limit;
  }

  /** The sweep interval in force; the default where its word is damaged. */
  long sweepIntervalNanos() {
    long nanos = get(CatalogLayout.SWEEP_INTERVAL_NANOS);
    return nanos > 0 ? nanos : Limits.DEFAULT.sweepInterval().toNanos();
  }

  void count(int field) {
    words.add(segment.catalog(field), 1);
  }

  /** Sets all sums to what the table says; inside the section only. Whether one was wrong. */
  boolean recount() {
    Sums sums = countTable();
    boolean fit = sums.equals(recorded());
    set(CatalogLayout.REGIONS_IN_USE, sums.regions());
    set(CatalogLayout.BYTES_IN_USE, sums.bytes());
    for (int slot = 0; slot < participants.capacity(); slot++) {
      long bytes = sums.owned().getOrDefault(slot, 0L);
      if (participants.bytesInUse(slot) != bytes) {
        participants.setBytesInUse(slot, bytes);
      }
    }
    return !fit;
  }

  /** Whether the sums are what the table says; inside the section only. */
  boolean sumsFit() {
    return countTable().equals(recorded());
  }

  /** Regions and bytes in use, and the bytes that each present participant's regions take. */
  private record Sums(long regions, long bytes, Map<Integer, Long> owned) {}

  private Sums countTable() {
    long regions = 0;
    long bytes = 0;
    Map<Integer, Long> owned = new HashMap<>();
    for (int slot = 0; slot < table.highSlot(); slot++) {
      if (StateWord.state(table.rawState(slot)) == StateWord.FREE) {
        continue;
      }
      regions++;
      if (table.field(slot, RegionLayout.BACKING) == RegionLayout.BACKING_SHM) {
        long size = table.field(slot, RegionLayout.SIZE);
        long owner = table.field(slot, RegionLayout.OWNER);
        bytes += size;
        if (participants.isMember(owner)) {
          owned.merge(Handle.slot(owner), size, Long::sum);
        }
      }
    }
    return new Sums(regions, bytes, owned);
  }

  private Sums recorded() {
    Map<Integer, Long> owned = new HashMap<>();
    for (int slot = 0; slot < participants.capacity(); slot++) {
      if (!participants.isFree(slot) && participants.bytesInUse(slot) != 0) {
        owned.put(slot, participants.bytesInUse(slot));
      }
    }
    return new Sums(regionsInUse(), bytesInUse(), owned);
  }

  private void add(long regions, long bytes) {
    set(CatalogLayout.REGIONS_IN_USE, regionsInUse() + regions);
    set(CatalogLayout.BYTES_IN_USE, bytesInUse() + bytes);
  }

  private String describeActor() {
    long actor = get(CatalogLayout.ACTOR) - 1;
    if (actor < 0 || actor >= participants.capacity()) {
      return "holder=unknown";
    }
    ParticipantInfo holder = participants.read((int) actor, true);
    return "holder=participant %d, pid=%d (%s)".formatted(actor, holder.pid(), holder.label());
  }
}
