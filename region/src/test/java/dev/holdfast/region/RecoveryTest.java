package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Verification.Damage;
import dev.holdfast.region.Verification.Finding;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What the dead leave unfinished, and damage at chosen places, one at a time. */
class RecoveryTest extends SpaceTestBase {

  private static int slotOf(Space space) {
    return space.member().me.slot();
  }

  private static void set(Space space, int slot, long word) {
    RegionTable table = space.member().table;
    assertThat(table.changeState(slot, table.rawState(slot), word)).isTrue();
  }

  @Test
  void recover_diedCreating_regionIsUndone() {
    try (Space space = openQuiet()) {
      Space dead = openQuiet();
      RegionId id = dead.create(manual("half", 100)).id();
      set(space, id.slot(), StateWord.creating(slotOf(dead), id.generation()));
      dead.member().live.close();
      assertThat(space.sweep().participantsRecovered()).isEqualTo(1);
      assertThat(space.regions()).isEmpty();
      assertThat(objects()).hasSize(1);
      assertThat(space.usage().bytes()).isZero();
      assertThat(space.events())
          .extracting(SpaceEvent::kind)
          .contains(SpaceEvent.Kind.UNDONE, SpaceEvent.Kind.RECOVERED);
    }
  }

  @Test
  void recover_diedReclaiming_regionIsGivenBackIfUnheldAndLivesOnIfNot() {
    try (Space space = openQuiet();
        Region held = space.create(RegionSpec.named("held").bytes(10))) {
      Space dead = openQuiet();
      RegionId idle = dead.create(manual("idle", 100)).id();
      for (RegionId id : new RegionId[] {held.id(), idle}) {
        long word = space.member().table.state(id.slot());
        word |= id.equals(idle) ? StateWord.RETIRED : 0;
        set(space, id.slot(), StateWord.reclaiming(slotOf(dead), word));
      }
      space.member().ledger.clear(idle.slot(), slotOf(dead));
      assertThat(space.regions())
          .extracting(RegionInfo::state)
          .containsOnly(RegionInfo.State.RECLAIMING);
      dead.member().live.close();
      space.region("held").close(); // the one that wants it recovers the dead
      space.sweep();
      assertThat(space.regions()).extracting(RegionInfo::name).containsExactly("held");
      assertThat(space.verify(false).findings()).isEmpty();
    }
  }

  @Test
  void hold_deadActorLooksAtTheRegion_isRecoveredFirst() {
    RegionId id = abandonedRegion("r");
    try (Space space = openQuiet()) {
      Space dead = openQuiet();
      set(space, id.slot(), StateWord.reclaiming(slotOf(dead), StateWord.live(id.generation())));
      space.member().ledger.set(id.slot(), 40); // somebody else's, so that the trial finds one
      dead.member().live.close();
      space.region("r").close();
      space.member().ledger.clear(id.slot(), 40);
      space.remove("r");
    }
  }

  @Test
  void hold_livingActorNeverFinishes_isBusyAndNamesIt() {
    RegionId id = abandonedRegion("r");
    AtomicLong ahead = new AtomicLong();
    Environment hasty =
        new Environment(clocked(ahead), ahead::addAndGet, RecoveryTest::realRoot, false);
    try (Space space = Space.open(spec(), hasty);
        Space stopped = openQuiet()) {
      set(space, id.slot(), StateWord.reclaiming(slotOf(stopped), StateWord.live(1)));
      assertThatThrownBy(() -> space.region("r"))
          .isInstanceOf(BusyException.class)
          .hasMessageContaining("by participant " + slotOf(stopped))
          .hasMessageContaining("RECLAIMING(1)");
      assertThat(space.member().ledger.isUnheld(id.slot())).isTrue();
      set(space, id.slot(), StateWord.live(1));
      space.remove("r");
    }
  }

  @Test
  void catalogLocked_byALivingParticipant_isBusyAndNamesIt() {
    AtomicLong ahead = new AtomicLong();
    Environment hasty =
        new Environment(clocked(ahead), ahead::addAndGet, RecoveryTest::realRoot, false);
    try (Space space = Space.open(spec(), hasty);
        Space stopped = openQuiet()) {
      space.member().catalog.set(CatalogLayout.ACTOR, slotOf(stopped) + 1);
      try (LivenessFile.Held _ = stopped.member().live.lockCatalog(watchdog(), () -> "")) {
        assertThatThrownBy(() -> space.create(RegionSpec.named("r").bytes(1)))
            .isInstanceOf(BusyException.class)
            .hasMessageContaining("holder=participant " + slotOf(stopped));
        space.member().catalog.set(CatalogLayout.ACTOR, -5);
        assertThatThrownBy(() -> space.create(RegionSpec.named("r").bytes(1)))
            .isInstanceOf(BusyException.class)
            .hasMessageContaining("holder=unknown");
      }
      space.create(RegionSpec.named("r").bytes(1)).close();
    }
  }

  @Test
  void repair_entryDamaged_bytesAreKeptUnderANewName() {
    abandonedRegion("r");
    try (Space space = openQuiet()) {
      space.member().table.setField(0, RegionLayout.NAME, 12_345);
      assertThatThrownBy(space::regions).isInstanceOf(CorruptedException.class);
      assertThatThrownBy(() -> space.region("r")).isInstanceOf(CorruptedException.class);
      assertMended(space, Damage.ENTRY);
      try (Region kept = space.region("recovered-r10000")) {
        assertThat(kept.bytes()).isEqualTo(4096);
        assertThat(kept.segment().get(ValueLayout.JAVA_BYTE, 4095)).isEqualTo((byte) 7);
      }
      space.remove("recovered-r10000");
    }
  }

  @Test
  void repair_entryDamagedAndObjectGone_slotIsGivenBack() {
    abandonedRegion("r");
    try (Space space = openQuiet()) {
      space.member().table.setField(0, RegionLayout.NAME, 12_345);
      PLATFORM.unlinkShared("/hf-" + hash() + "-r10000");
      assertMended(space, Damage.ENTRY);
      assertThat(space.regions()).isEmpty();
    }
  }

  @Test
  void repair_stateLost_entryTellsWhatItWas() {
    RegionId id = abandonedRegion("r");
    try (Space space = openQuiet()) {
      for (long damaged : new long[] {StateWord.free(1), 1L << 32 | 0x200 | 2, 7L << 32 | 2}) {
        set(space, id.slot(), damaged);
        assertMended(space, damaged == (7L << 32 | 2) ? Damage.ENTRY : Damage.STATE);
        assertThat(space.member().table.state(id.slot())).isEqualTo(StateWord.live(1));
      }
      set(space, id.slot(), StateWord.reclaiming(33, StateWord.live(1)));
      assertMended(space, Damage.STATE);
      space.region("r").close();
      space.remove("r");
    }
  }

  @Test
  void repair_ownBitsAndWordLost_areRestored() {
    try (Space space = openQuiet();
        Region region = space.create(RegionSpec.named("r").bytes(1))) {
      Member member = space.member();
      member.ledger.clear(region.id().slot(), member.me.slot());
      assertMended(space, Damage.LEDGER);
      assertThat(region.info().holders()).hasSize(1);
      member.participants.markLive(member.me.slot(), 99);
      assertMended(space, Damage.PARTICIPANT);
      member.participants.free(member.me.slot());
      assertMended(space, Damage.PARTICIPANT);
      assertThat(space.self().handle()).isEqualTo(member.me.handle());
    }
  }

  @Test
  void repair_bitOfNobodyHighSlotAndSums_areMended() {
    abandonedRegion("r");
    try (Space space = openQuiet()) {
      space.member().ledger.set(0, 50);
      assertMended(space, Damage.LEDGER);
      space.member().catalog.set(CatalogLayout.HIGH_SLOT, 0);
      assertMended(space, Damage.SUMS);
      space.member().catalog.set(CatalogLayout.BYTES_IN_USE, 1);
      assertMended(space, Damage.SUMS);
      space.member().table.setNameWord(0, 1);
      assertMended(space, Damage.NAME);
      space.remove("r");
    }
  }

  @Test
  void repair_headerOfAnOpenSpace_isWrittenAnew() {
    try (Space space = openQuiet()) {
      damage(words -> words.set(HeaderLayout.READY_AT, 0));
      assertMended(space, Damage.HEADER);
      openQuiet().close();
    }
  }

  private static void assertMended(Space space, Damage damage) {
    assertThat(space.verify(false).findings()).extracting(Finding::damage).contains(damage);
    assertThat(space.repair().findings()).extracting(Finding::damage).contains(damage);
    assertThat(space.verify(false).findings()).isEmpty();
  }

  private static String realRoot(String path) {
    return environment(PLATFORM).realPath().apply(path);
  }
}
