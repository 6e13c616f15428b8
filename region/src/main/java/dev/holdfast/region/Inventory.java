package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.SystemCallException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** What is in the space: regions, participants, and what does not belong there. Takes no locks. */
final class Inventory {
  private final Member member;

  Inventory(Member member) {
    this.member = member;
  }

  List<RegionInfo> regions() {
    return regions(damage -> {
      throw damage;
    });
  }

  /** Those that are sound; {@code onDamage} is told of each that is not. */
  List<RegionInfo> regions(Consumer<? super CorruptedException> onDamage) {
    List<RegionInfo> regions = new ArrayList<>();
    for (int slot = 0; slot < member.table.highSlot(); slot++) {
      try {
        read(slot).ifPresent(regions::add);
      } catch (CorruptedException damage) {
        onDamage.accept(damage);
      }
    }
    return regions;
  }

  Optional<RegionInfo> find(String nameOrId) {
    Optional<RegionId> id = RegionId.parse(nameOrId);
    return id.isPresent() ? info(id.get()) : named(nameOrId);
  }

  Optional<RegionInfo> info(RegionId id) {
    return id.slot() < member.segment.regions()
        ? read(id.slot()).filter(region -> region.id().equals(id))
        : Optional.empty();
  }

  List<ParticipantInfo> participants() {
    List<ParticipantInfo> participants = new ArrayList<>();
    for (int slot = 0; slot < member.participants.capacity(); slot++) {
      if (!member.participants.isFree(slot)) {
        boolean alive = slot == member.me.slot() || member.live.isAlive(slot);
        participants.add(member.participants.read(slot, alive));
      }
    }
    return participants;
  }

  List<Leftover> leftovers() {
    List<Leftover> leftovers = new ArrayList<>();
    for (ParticipantInfo participant : participants()) {
      if (!participant.alive()) {
        leftovers.add(
            new Leftover(
                Leftover.Kind.DEAD_PARTICIPANT,
                "participant %d, pid %d (%s)"
                    .formatted(participant.slot(), participant.pid(), participant.label()),
                0,
                "it died without leaving; its holds are dropped and its slot is freed"));
      }
    }
    for (RegionInfo region : regions()) {
      if (region.holders().isEmpty() && isDue(region)) {
        leftovers.add(
            new Leftover(
                Leftover.Kind.DUE_REGION,
                "%s %s".formatted(region.id(), region.name()),
                region.bytes(),
                "nobody holds it and its policy lets it go; its memory is given back"));
      }
    }
    leftovers.addAll(orphanObjects());
    return leftovers;
  }

  List<Leftover> removeOrphanObjects() {
    List<Leftover> removed = new ArrayList<>();
    for (Leftover orphan : orphanObjects()) {
      try {
        member.platform.unlinkShared(orphan.what());
        member.record(SpaceEvent.Kind.LEFTOVER_REMOVED, 0, orphan.bytes(), orphan.what());
        removed.add(orphan);
      } catch (SystemCallException e) {
        if (!e.is(Errno.ENOENT)) {
          throw e;
        }
      }
    }
    return removed;
  }

  /** Objects with our prefix whose slot is FREE or of another generation. */
  private List<Leftover> orphanObjects() {
    String prefix = "/hf-" + member.spaceHash + "-";
    List<Leftover> orphans = new ArrayList<>();
    for (String object : member.platform.listShared(prefix + "r")) {
      Optional<RegionId> id = RegionId.parse(object.substring(prefix.length()));
      if (id.map(this::isStandFor).orElse(false)) {
        continue;
      }
      sizeOf(object)
          .ifPresent(bytes ->
              orphans.add(
                  new Leftover(
                      Leftover.Kind.ORPHAN_OBJECT,
                      object,
                      bytes,
                      "no region of this space stands for it: its creator died at once, or an earlier life of the space left it")));
    }
    return orphans;
  }

  private boolean isStandFor(RegionId id) {
    if (id.slot() >= member.segment.regions()) {
      return false;
    }
    long word = member.table.rawState(id.slot());
    return StateWord.state(word) != StateWord.FREE && StateWord.generation(word) == id.generation();
  }

  private OptionalLong sizeOf(String object) {
    try {
      Descriptor descriptor =
          member.platform.openShared(object, Access.READ_ONLY, Creation.OPEN, 0);
      try {
        return OptionalLong.of(member.platform.status(descriptor).bytes());
      } finally {
        member.platform.close(descriptor);
      }
    } catch (SystemCallException e) {
      return e.is(Errno.ENOENT) ? OptionalLong.empty() : OptionalLong.of(0);
    }
  }

  private boolean isDue(RegionInfo region) {
    long unheldSince = member.table.field(region.id().slot(), RegionLayout.UNHELD_SINCE);
    Duration unheld =
        unheldSince == 0 ? Duration.ZERO : Duration.ofNanos(member.now() - unheldSince);
    return switch (region.state()) {
      case RETIRED, FORCED -> true;
      case CREATING, RECLAIMING -> false;
      case LIVE ->
          switch (region.policy()) {
            case RegionPolicy.Manual _ -> false;
            case RegionPolicy.ReferenceCounted counted -> unheld.compareTo(counted.grace()) >= 0;
            case RegionPolicy.Automatic automatic ->
                unheld.compareTo(automatic.timeout()) >= 0
                    && region.sinceAccess().compareTo(automatic.timeout()) >= 0;
          };
    };
  }

  private Optional<RegionInfo> named(String name) {
    long hash = Names.hash(name);
    for (int slot = member.table.nextNamed(hash, 0);
        slot >= 0;
        slot = member.table.nextNamed(hash, slot + 1)) {
      Optional<RegionInfo> region = read(slot).filter(found -> found.name().equals(name));
      if (region.isPresent()) {
        return region;
      }
    }
    return Optional.empty();
  }

  /** The region in a slot; empty if it is FREE or changed hands while we read. */
  private Optional<RegionInfo> read(int slot) {
    long word = member.table.state(slot);
    if (StateWord.state(word) == StateWord.FREE) {
      return Optional.empty();
    }
    StringBuilder damage = new StringBuilder();
    Optional<RegionEntry> entry = member.table.parse(slot, damage);
    long again = member.table.state(slot);
    if (StateWord.generation(again) != StateWord.generation(word)
        || StateWord.state(again) == StateWord.FREE) {
      return Optional.empty();
    }
    long generation = StateWord.generation(again);
    return Optional.of(
        entry
            .filter(found -> found.handle() == Handle.of(slot, generation))
            .map(found -> describe(slot, again, found))
            .orElseThrow(() ->
                new CorruptedException(
                    "region entry is damaged: slot=%d, %s; run: holdfast -s %s verify"
                        .formatted(slot, damage, member.space))));
  }

  private RegionInfo describe(int slot, long word, RegionEntry entry) {
    long now = member.now();
    return new RegionInfo(
        entry.id(),
        entry.name(),
        member.osName(entry),
        entry.bytes(),
        stateOf(slot, word),
        entry.file() ? RegionInfo.Backing.FILE : RegionInfo.Backing.SHM,
        entry.policy(),
        entry.permissions(),
        entry.zeroOnReclaim(),
        entry.onOwnerDeath(),
        EventLog.instant(entry.createdEpochNanos()),
        new RegionInfo.Owner(
            entry.owner(),
            entry.ownerPid(),
            entry.ownerUid(),
            member.participants.isMember(entry.owner())),
        holders(slot),
        Duration.ofNanos(Math.max(0, now - member.table.field(slot, RegionLayout.LAST_ACCESS))),
        member.table.field(slot, RegionLayout.OPENS),
        member.table.field(slot, RegionLayout.WRITABLE_OPENS),
        checksum(slot, entry),
        entry.metadata());
  }

  private OptionalLong checksum(int slot, RegionEntry entry) {
    boolean taken = member.table.field(slot, RegionLayout.CHECKSUM_HANDLE) == entry.handle();
    return taken
        ? OptionalLong.of(member.table.field(slot, RegionLayout.CHECKSUM))
        : OptionalLong.empty();
  }

  private List<RegionInfo.Holder> holders(int slot) {
    return member.ledger.holders(slot).stream()
        .map(participant -> member.participants.read(participant, true))
        .map(info -> new RegionInfo.Holder(info.slot(), info.pid(), info.label()))
        .toList();
  }

  private RegionInfo.State stateOf(int slot, long word) {
    return switch (StateWord.state(word)) {
      case StateWord.CREATING -> RegionInfo.State.CREATING;
      case StateWord.RECLAIMING -> RegionInfo.State.RECLAIMING;
      default -> {
        if (!StateWord.isRetired(word)) {
          yield RegionInfo.State.LIVE;
        }
        yield member.table.field(slot, RegionLayout.FORCED) == 0
            ? RegionInfo.State.RETIRED
            : RegionInfo.State.FORCED;
      }
    };
  }
}
