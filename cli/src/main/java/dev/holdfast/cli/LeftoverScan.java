package dev.holdfast.cli;

import dev.holdfast.platform.Platform;
import dev.holdfast.region.Leftover;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a sweep of a space would find, told from outside. Joining a space would not do: whoever
 * joins and leaves has recovered and swept already, and nothing would be left to tell.
 */
final class LeftoverScan {
  private static final long POLICY_AUTOMATIC = 1;
  private static final long POLICY_REFERENCE_COUNTED = 3;

  private final Platform platform;
  private final SpaceRoot root;
  private final String space;
  private final ControlSnapshot snapshot;
  private final Set<Integer> living;
  private final List<Leftover> found = new ArrayList<>();

  private LeftoverScan(Platform platform, SpaceRoot root, String space, ControlSnapshot snapshot) {
    this.platform = platform;
    this.root = root;
    this.space = space;
    this.snapshot = snapshot;
    this.living =
        snapshot.participants().stream()
            .filter(ControlSnapshot.Participant::alive)
            .map(ControlSnapshot.Participant::slot)
            .collect(Collectors.toSet());
  }

  /** What is there, participants first, then regions by slot, then objects by name. */
  static List<Leftover> of(
      Platform platform, SpaceRoot root, String space, ControlSnapshot snapshot) {
    LeftoverScan scan = new LeftoverScan(platform, root, space, snapshot);
    scan.lookAtParticipants();
    scan.lookAtRegions();
    scan.lookAtObjects();
    return scan.found;
  }

  private void lookAtParticipants() {
    for (ControlSnapshot.Participant participant : snapshot.participants()) {
      if (!participant.alive()) {
        found.add(
            new Leftover(
                Leftover.Kind.DEAD_PARTICIPANT,
                "participant %d, pid %d (%s)"
                    .formatted(participant.slot(), participant.pid(), participant.label()),
                0,
                "it died without leaving; it holds %s"
                    .formatted(Show.count(holds(participant.slot()), "region"))));
      }
    }
  }

  private long holds(int participant) {
    return snapshot.regions().stream()
        .filter(region -> region.holders().contains(participant))
        .count();
  }

  private void lookAtRegions() {
    for (RegionRow region : snapshot.regions()) {
      String why = whyDue(region);
      if (!why.isEmpty()) {
        found.add(
            new Leftover(
                Leftover.Kind.DUE_REGION,
                "%s %s".formatted(region.id(), region.name()),
                region.field("bytes"),
                why));
      }
    }
  }

  /** Why the region goes at the next sweep; empty if it stays. */
  private String whyDue(RegionRow region) {
    boolean actorDied = region.actor() >= 0 && !living.contains(region.actor());
    return switch (region.stateCode()) {
      case RegionRow.CREATING -> actorDied ? "its creator died before it was made" : "";
      case RegionRow.RECLAIMING -> actorDied ? "whoever was giving it back died in the middle" : "";
      case RegionRow.LIVE ->
          region.holders().stream().anyMatch(living::contains) ? "" : whyUnheldIsDue(region);
      default -> "";
    };
  }

  private String whyUnheldIsDue(RegionRow region) {
    if (region.isRetired()) {
      return "it was removed and nobody alive holds it";
    }
    long wait = region.field("policyNanos");
    long policy = region.field("policy");
    if (policy == POLICY_REFERENCE_COUNTED && (wait == 0 || unheldNanos(region) >= wait)) {
      return "it is reference-counted and nobody alive holds it";
    }
    boolean unused = unheldNanos(region) >= wait && nanosSince(region.field("lastAccess")) >= wait;
    return policy == POLICY_AUTOMATIC && unused ? "it was not used for its time-out" : "";
  }

  /** 0 when it is not known to be unheld, or held by the dead only. */
  private long unheldNanos(RegionRow region) {
    boolean known = region.holders().isEmpty() && region.field("unheldSince") != 0;
    return known ? nanosSince(region.field("unheldSince")) : 0;
  }

  private long nanosSince(long monotonic) {
    return platform.monotonicNanos() - monotonic;
  }

  private void lookAtObjects() {
    String prefix = "/hf-" + root.hash(space) + "-";
    Set<String> known = snapshot.regions().stream().map(RegionRow::id).collect(Collectors.toSet());
    for (String object : platform.listShared(prefix + "r")) {
      if (!known.contains(object.substring(prefix.length()))) {
        found.add(
            new Leftover(
                Leftover.Kind.ORPHAN_OBJECT,
                object,
                StrayObjects.bytes(platform, object),
                "no region of the space stands for it"));
      }
    }
  }
}
