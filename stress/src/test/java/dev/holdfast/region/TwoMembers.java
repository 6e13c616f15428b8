package dev.holdfast.region;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.testkit.FakeKernel;
import dev.holdfast.testkit.FakeProcess;
import dev.holdfast.testkit.HeapWords;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Two participants of one space whose control segment is an array, so that a checker sees every
 * access to a shared word; the production classes run on it. Slot 0 has a LIVE region that nobody
 * holds, with an object in the simulated kernel.
 */
final class TwoMembers {
  static final RegionId REGION = new RegionId(Handle.of(0, 1));

  private static final String HASH = "0123456789ab";

  private final List<Side> sides;

  TwoMembers(RegionPolicy policy) {
    Geometry geometry = Geometry.of(64, 2, 64);
    ControlSegment segment =
        ControlSegment.initialise(
            new HeapWords(Math.toIntExact(geometry.bytes())),
            geometry,
            Limits.DEFAULT.withRegions(2).withParticipants(64),
            new ControlSegment.Birth("checked", 1, 2, 3, 4));
    FakeKernel kernel = new FakeKernel();
    sides = List.of(new Side(kernel, segment, 0), new Side(kernel, segment, 1));
    sides.getFirst().publish(policy);
  }

  Side side(int participant) {
    return sides.get(participant);
  }

  /** One participant: its process, and the mechanisms as a space puts them together. */
  static final class Side {
    final Member member;
    final LocalHolds holds;
    final Reclamation reclamation;

    Side(FakeKernel kernel, ControlSegment segment, int slot) {
      FakeProcess process = kernel.start("participant " + slot);
      Platform platform = process.platform();
      Environment environment =
          new Environment(platform, LockSupport::parkNanos, path -> path, false);
      LivenessFile live =
          new LivenessFile(
              environment,
              platform.openFile("/tmp/live", Access.READ_WRITE, Creation.OPEN_OR_CREATE, 0600));
      Actor me = new Actor(slot, 1, process.identity().pid());
      live.tryLockParticipant(slot);
      member =
          new Member(environment, "checked", HASH, live, segment, me, process.identity().uid());
      member.participants.join(me, process.identity(), 0, process.name());
      reclamation = new Reclamation(member);
      holds = new LocalHolds(member, new Recovery(member, reclamation), reclamation);
    }

    private void publish(RegionPolicy policy) {
      Descriptor object =
          member.platform.openShared(
              member.objectName(REGION), Access.READ_WRITE, Creation.CREATE_NEW, 0600);
      member.platform.close(object);
      RegionEntry entry = entry(policy);
      int slot = REGION.slot();
      member.table.raiseHighSlot(slot + 1);
      member.table.write(slot, entry, member.now());
      member.table.setNameWord(slot, Names.hash(entry.name()));
      member.catalog.charge(member.me.slot(), entry.bytes());
      member.table.changeState(slot, StateWord.free(0), StateWord.live(REGION.generation()));
    }

    private RegionEntry entry(RegionPolicy policy) {
      return new RegionEntry(
          64,
          false,
          policy,
          0600,
          false,
          false,
          OwnerDeath.KEEP,
          0,
          member.me.handle(),
          member.me.pid(),
          1000,
          REGION.handle(),
          "checked",
          "",
          Map.of());
    }

    /** Whether a hold could be used now: the region's object is there, its slot not given away. */
    boolean bytesAreThere() {
      long word = member.table.rawState(REGION.slot());
      return StateWord.generation(word) == REGION.generation()
          && StateWord.state(word) != StateWord.FREE
          && member.platform.listShared(member.objectName(REGION)).size() == 1;
    }
  }
}
