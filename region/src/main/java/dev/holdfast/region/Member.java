package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;

/**
 * One participant's way into its space: who it is, and the tables as it sees them. The mechanisms
 * ({@link Reclamation}, {@link Recovery}, {@link Allocation}, {@link LocalHolds}) work on one.
 */
final class Member {
  final Environment environment;
  final Platform platform;
  final String space;
  final String spaceHash;
  final LivenessFile live;
  final Actor me;

  /** The user this process runs as: read once, at the join. */
  final long uid;

  final ControlSegment segment;
  final Participants participants;
  final RegionTable table;
  final Ledger ledger;
  final Catalog catalog;
  final EventLog events;
  final Layers layers = new Layers();

  Member(
      Environment environment,
      String space,
      String spaceHash,
      LivenessFile live,
      ControlSegment segment,
      Actor me,
      long uid) {
    this.environment = environment;
    this.platform = environment.platform();
    this.space = space;
    this.spaceHash = spaceHash;
    this.live = live;
    this.me = me;
    this.uid = uid;
    this.segment = segment;
    this.participants = new Participants(segment);
    this.table = new RegionTable(segment);
    this.ledger = new Ledger(segment);
    this.catalog = new Catalog(segment, live, table, participants);
    this.events = new EventLog(segment, platform);
  }

  long now() {
    return platform.monotonicNanos();
  }

  String objectName(RegionId id) {
    return Names.regionObject(spaceHash, id);
  }

  /** Where a region's bytes are reachable for every program: an object's name or a path. */
  String osName(RegionEntry entry) {
    return entry.file() ? entry.path() : objectName(entry.id());
  }

  Descriptor openObject(RegionEntry entry, Access access) {
    return entry.file()
        ? platform.openFile(entry.path(), access, Creation.OPEN, 0)
        : platform.openShared(objectName(entry.id()), access, Creation.OPEN, 0);
  }

  void record(SpaceEvent.Kind kind, long regionHandle, long value, String text) {
    events.record(kind, me, regionHandle, value, text);
  }
}
