package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ReadOnlyBufferException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From create to give-back, on the real platform. */
class RegionLifeCycleTest extends SpaceTestBase {

  @ParameterizedTest
  @ValueSource(longs = {1, 4095, 4096, 4097, (64L << 20) + 1})
  void create_anySize_isExactlyThatLongForEverybody(long bytes) {
    try (Space space = openQuiet();
        Region region = space.create(RegionSpec.named("r").bytes(bytes));
        Region seen = space.region("r")) {
      region.segment().set(ValueLayout.JAVA_BYTE, bytes - 1, (byte) 9);
      assertThat(seen.segment().byteSize()).isEqualTo(bytes);
      assertThat(seen.segment().get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 9);
      assertThatThrownBy(() -> seen.segment().get(ValueLayout.JAVA_BYTE, bytes))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThat(objectBytes(region)).isEqualTo(bytes);
    }
  }

  @Test
  void open_byNameAndById_sameBytesTwoMappings() {
    try (Space space = openQuiet();
        Region made = space.create(RegionSpec.named("r").bytes(100));
        Region named = space.writableRegion("r");
        Region identified = space.region(made.id())) {
      named.segment().set(ValueLayout.JAVA_INT, 0, 5);
      assertThat(identified.segment().get(ValueLayout.JAVA_INT, 0)).isEqualTo(5);
      assertThat(identified.segment().address()).isNotEqualTo(named.segment().address());
      assertThat(space.region(made.id().toString()).name()).isEqualTo("r");
      assertThat(space.openRegions()).hasSize(4);
      assertThat(made.info().holders()).hasSize(1);
    }
  }

  @Test
  void write_readOnlyView_isRefused() {
    try (Space space = openQuiet();
        Region made = space.create(RegionSpec.named("r").bytes(100));
        Region seen = space.region("r")) {
      MemorySegment view = seen.segment();
      assertThat(seen.isWritable()).isFalse();
      assertThat(made.isWritable()).isTrue();
      assertThatThrownBy(() -> view.set(ValueLayout.JAVA_BYTE, 0, (byte) 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> view.fill((byte) 1)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> view.asByteBuffer().put((byte) 1))
          .isInstanceOf(ReadOnlyBufferException.class);
    }
  }

  @Test
  void info_populatedRegion_tellsEverything() {
    try (Space space = open();
        Region region =
            space.create(
                RegionSpec.named("r")
                    .bytes(100)
                    .permissions(0640)
                    .zeroOnReclaim()
                    .onOwnerDeath(OwnerDeath.RETIRE)
                    .policy(RegionPolicy.automatic())
                    .metadata("dtype", "u1")
                    .metadata("shape", "10x10"))) {
      RegionInfo info = region.info();
      assertThat(info.name()).isEqualTo("r");
      assertThat(info.osName()).isEqualTo("/hf-" + hash() + "-r10000");
      assertThat(info.path()).isEmpty();
      assertThat(info.bytes()).isEqualTo(100);
      assertThat(info.state()).isEqualTo(RegionInfo.State.LIVE);
      assertThat(info.backing()).isEqualTo(RegionInfo.Backing.SHM);
      assertThat(info.policy()).isEqualTo(RegionPolicy.automatic(Duration.ofMinutes(5)));
      assertThat(info.permissions()).isEqualTo(0640);
      assertThat(info.zeroOnReclaim()).isTrue();
      assertThat(info.onOwnerDeath()).isEqualTo(OwnerDeath.RETIRE);
      assertThat(info.owner().pid()).isEqualTo(ProcessHandle.current().pid());
      assertThat(info.owner().present()).isTrue();
      assertThat(info.opens()).isEqualTo(1);
      assertThat(info.writableOpens()).isEqualTo(1);
      assertThat(info.checksum()).isEmpty();
      assertThat(info.metadata())
          .containsExactly(Map.entry("dtype", "u1"), Map.entry("shape", "10x10"));
      assertThat(space.find("r")).map(RegionInfo::id).contains(region.id());
      assertThat(space.find("r10000")).isPresent();
      assertThat(space.find("nothing")).isEmpty();
      assertThat(space.regions()).hasSize(1);
      assertThat(region.toString()).contains("r10000").contains("100 bytes");
      assertThat(space.toString()).contains("participant 0");
      assertThat(space.name()).isEqualTo(SPACE);
      space.remove("r");
    }
  }

  @Test
  void create_nameOfALivingRegion_isRefusedAndLeavesNothing() {
    try (Space space = openQuiet();
        Region _ = space.create(RegionSpec.named("r").bytes(100))) {
      assertThatThrownBy(() -> space.create(RegionSpec.named("r").bytes(1)))
          .isInstanceOf(NameTakenException.class)
          .hasMessageContaining("name=r")
          .hasMessageContaining("id=r10000");
      assertThat(space.regions()).hasSize(1);
      assertThat(space.member().catalog.get(CatalogLayout.ACTOR)).isZero();
    }
  }

  @Test
  void remove_heldByAnother_goesWithItsLastHolder() {
    try (Space space = openQuiet();
        Space other = openQuiet()) {
      Region region = other.create(manual("r", 100));
      assertThat(space.remove("r")).isEqualTo(1);
      assertThat(region.info().state()).isEqualTo(RegionInfo.State.RETIRED);
      region.segment().fill((byte) 1);
      assertThatThrownBy(() -> space.region("r")).isInstanceOf(RegionNotFoundException.class);
      assertThatThrownBy(() -> space.region(region.id()))
          .isInstanceOf(RegionNotFoundException.class);
      assertThatThrownBy(() -> other.region(region.id()))
          .as("the one that holds it gets no new hold either")
          .isInstanceOf(RegionNotFoundException.class);
      region.close();
      assertThat(space.regions()).isEmpty();
      assertThat(objects()).hasSize(1);
    }
  }

  @Test
  void create_nameOfARetiredRegion_isAnotherRegion() {
    try (Space space = openQuiet();
        Region old = space.create(manual("r", 100))) {
      space.remove("r");
      try (Region young = space.create(manual("r", 100))) {
        assertThat(young.id()).isNotEqualTo(old.id());
        assertThat(space.find("r")).map(RegionInfo::id).contains(young.id());
        space.remove("r");
      }
    }
  }

  @Test
  void id_slotUsedAgain_neverNamesAnotherRegion() {
    try (Space space = openQuiet()) {
      Region first = space.create(RegionSpec.named("a").bytes(1));
      first.close();
      try (Region second = space.create(RegionSpec.named("a").bytes(1))) {
        assertThat(second.id().slot()).isEqualTo(first.id().slot());
        assertThat(second.id().generation()).isEqualTo(first.id().generation() + 1);
        assertThatThrownBy(() -> space.region(first.id()))
            .isInstanceOf(RegionNotFoundException.class);
        assertThatThrownBy(first::info).isInstanceOf(RegionNotFoundException.class);
      }
    }
  }

  @Test
  void removeForcibly_heldRegion_objectHasNoNameButHoldersKeepIt() {
    try (Space space = openQuiet();
        Space other = openQuiet();
        Region region = other.create(manual("r", 100))) {
      assertThat(space.removeForcibly("r")).isEqualTo(1);
      assertThat(objects()).hasSize(1);
      region.segment().fill((byte) 3);
      assertThat(region.info().state()).isEqualTo(RegionInfo.State.FORCED);
      assertThat(space.verify(false).findings()).isEmpty();
      assertThat(space.events())
          .extracting(SpaceEvent::kind)
          .contains(SpaceEvent.Kind.RETIRED, SpaceEvent.Kind.FORCED);
    }
  }

  @Test
  void removeForcibly_zeroOnReclaim_keepsTheObjectUntilItIsZeroed() {
    try (Space space = openQuiet()) {
      Region region = space.create(manual("r", 100).zeroOnReclaim());
      space.removeForcibly("r");
      assertThat(objects()).hasSize(2);
      region.close();
      assertThat(objects()).hasSize(1);
    }
  }

  @Test
  void zeroOnReclaim_seenThroughAMappingFromBefore_isZero() {
    try (Space space = openQuiet();
        var arena = Arena.ofConfined()) {
      Region region = space.create(RegionSpec.named("secret").bytes(9000).zeroOnReclaim());
      region.segment().fill((byte) 0x55);
      var object = PLATFORM.openShared(region.info().osName(), Access.READ_ONLY, Creation.OPEN, 0);
      MemorySegment outside = PLATFORM.map(object, 9000, Access.READ_ONLY, arena);
      PLATFORM.close(object);
      assertThat(outside.get(ValueLayout.JAVA_BYTE, 8999)).isEqualTo((byte) 0x55);
      region.close();
      assertThat(outside.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }
  }

  @Test
  void referenceCounted_graceNotOver_waitsForTheNextHolder() {
    AtomicLong ahead = new AtomicLong();
    try (Space space = Space.open(spec(), environment(clocked(ahead)))) {
      space
          .create(
              RegionSpec.named("r").bytes(1).policy(RegionPolicy.referenceCounted(ofSeconds(10))))
          .close();
      assertThat(space.sweep().regionsReclaimed()).isZero();
      assertThat(space.findLeftovers()).isEmpty();
      ahead.addAndGet(ofSeconds(9).toNanos());
      assertThat(space.sweep().regionsReclaimed()).isZero();
      space.region("r").close(); // begins the grace period anew
      ahead.addAndGet(ofSeconds(9).toNanos());
      assertThat(space.sweep().regionsReclaimed()).isZero();
      ahead.addAndGet(ofSeconds(2).toNanos());
      assertThat(space.findLeftovers())
          .extracting(Leftover::kind)
          .containsExactly(Leftover.Kind.DUE_REGION);
      assertThat(space.sweep().regionsReclaimed()).isEqualTo(1);
      assertThat(space.regions()).isEmpty();
    }
  }

  @Test
  void automatic_unusedForTheTimeout_isGivenBack() {
    AtomicLong ahead = new AtomicLong();
    try (Space space = Space.open(spec(), environment(clocked(ahead)))) {
      Region region =
          space.create(
              RegionSpec.named("r").bytes(1).policy(RegionPolicy.automatic(ofSeconds(10))));
      ahead.addAndGet(ofSeconds(11).toNanos());
      assertThat(space.sweep().regionsReclaimed()).as("held").isZero();
      region.close();
      assertThat(space.sweep().regionsReclaimed()).as("just released").isZero();
      ahead.addAndGet(ofSeconds(11).toNanos());
      assertThat(space.findLeftovers()).hasSize(1);
      assertThat(space.sweep().regionsReclaimed()).isEqualTo(1);
    }
  }

  @Test
  void sweep_unheldSinceATimeToCome_countsFromNow() {
    AtomicLong ahead = new AtomicLong();
    try (Space space = Space.open(spec(), environment(clocked(ahead)))) {
      RegionSpec counted =
          RegionSpec.named("r").bytes(1).policy(RegionPolicy.referenceCounted(ofSeconds(10)));
      space.create(counted).close();
      space.member().table.setField(0, RegionLayout.UNHELD_SINCE, Long.MAX_VALUE / 2);
      assertThat(space.sweep().regionsReclaimed()).isZero();
      ahead.addAndGet(ofSeconds(11).toNanos());
      assertThat(space.sweep().regionsReclaimed()).isEqualTo(1);
    }
  }

  @Test
  void manual_nobodyLeft_spaceAndBytesStay() {
    RegionId id = abandonedRegion("kept");
    try (Space space = openQuiet();
        Region region = space.region(id)) {
      assertThat(region.segment().get(ValueLayout.JAVA_BYTE, 4095)).isEqualTo((byte) 7);
      assertThat(region.info().owner().present()).isFalse();
      space.remove("kept");
    }
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void ownerDies_retire_goesWithItsLastHolder() {
    try (Space space = openQuiet()) {
      Space owner = openQuiet();
      owner.create(manual("r", 10).onOwnerDeath(OwnerDeath.RETIRE));
      Region held = space.region("r");
      owner.member().live.close();
      assertThat(space.findLeftovers())
          .extracting(Leftover::kind)
          .containsExactly(Leftover.Kind.DEAD_PARTICIPANT);
      assertThat(space.sweep().participantsRecovered()).isEqualTo(1);
      assertThat(held.info().state()).isEqualTo(RegionInfo.State.RETIRED);
      held.close();
      assertThat(space.regions()).isEmpty();
    }
  }

  @Test
  void ownerDies_reset_bytesAreZeroUnderItsHolders() {
    try (Space space = openQuiet()) {
      Space owner = openQuiet();
      owner.create(manual("r", 10).onOwnerDeath(OwnerDeath.RESET)).segment().fill((byte) 1);
      try (Region held = space.region("r")) {
        owner.member().live.close();
        space.sweep();
        assertThat(held.segment().toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        assertThat(held.info().state()).isEqualTo(RegionInfo.State.LIVE);
      }
      space.remove("r");
    }
  }

  @Test
  void ownerDies_keep_regionLivesOn() {
    try (Space space = openQuiet()) {
      Space owner = openQuiet();
      owner.create(manual("r", 10)).segment().fill((byte) 1);
      owner.member().live.close();
      space.sweep();
      try (Region kept = space.region("r")) {
        assertThat(kept.segment().get(ValueLayout.JAVA_BYTE, 9)).isEqualTo((byte) 1);
      }
      space.remove("r");
    }
  }

  @Test
  void verify_bytesChangedAfterTheChecksum_isFoundAndNotMended() {
    try (Space space = openQuiet();
        Region region = space.create(RegionSpec.named("r").bytes(100))) {
      long crc = region.takeChecksum();
      assertThat(region.info().checksum()).hasValue(crc);
      assertThat(space.verify(true).isSound()).isTrue();
      assertThat(space.verify(true).bytesChecked()).isEqualTo(100);
      region.segment().set(ValueLayout.JAVA_BYTE, 50, (byte) 1);
      assertThat(space.verify(false).isSound()).isTrue();
      assertThat(space.verify(true).findings())
          .extracting(Verification.Finding::damage)
          .containsExactly(Verification.Damage.CONTENT);
    }
  }

  @Test
  void verify_objectGone_isFoundAndTheRegionRetired() {
    try (Space space = openQuiet()) {
      space.create(manual("r", 100)).close();
      PLATFORM.unlinkShared("/hf-" + hash() + "-r10000");
      assertThatThrownBy(() -> space.region("r"))
          .isInstanceOf(CorruptedException.class)
          .hasMessageContaining("object is gone");
      assertThat(space.repair().findings())
          .extracting(Verification.Finding::damage)
          .contains(Verification.Damage.OBJECT);
      assertThat(space.regions()).isEmpty();
      assertThat(space.verify(false).findings()).isEmpty();
    }
  }

  @Test
  void open_objectCutFromOutside_isCorrupted() {
    try (Space space = openQuiet()) {
      space.create(manual("r", 8192)).close();
      var object =
          PLATFORM.openShared("/hf-" + hash() + "-r10000", Access.READ_WRITE, Creation.OPEN, 0);
      PLATFORM.resize(object, 100);
      PLATFORM.close(object);
      assertThatThrownBy(() -> space.region("r"))
          .isInstanceOf(CorruptedException.class)
          .hasMessageContaining("table=8192 bytes")
          .hasMessageContaining("object=100 bytes");
      assertThat(space.repair().findings()).isNotEmpty();
      assertThat(space.regions()).isEmpty();
    }
  }

  @Test
  void removeLeftovers_objectOfNoRegion_isRemoved() {
    try (Space space = openQuiet()) {
      String name = "/hf-" + hash() + "-r70005";
      PLATFORM.close(PLATFORM.openShared(name, Access.READ_WRITE, Creation.CREATE_NEW, 0600));
      assertThat(space.findLeftovers()).extracting(Leftover::what).containsExactly(name);
      assertThat(space.removeLeftovers()).hasSize(1);
      assertThat(objects()).hasSize(1);
      assertThat(space.events())
          .extracting(SpaceEvent::kind)
          .contains(SpaceEvent.Kind.LEFTOVER_REMOVED);
    }
  }

  @Test
  void create_foreignObjectHasTheNextName_takesTheNextGenerationAndLeavesIt() {
    String foreign = "/hf-" + hash() + "-r10000";
    try (Space space = openQuiet()) {
      PLATFORM.close(PLATFORM.openShared(foreign, Access.READ_WRITE, Creation.CREATE_NEW, 0600));
      try (Region region = space.create(RegionSpec.named("r").bytes(1))) {
        assertThat(region.id().generation()).isEqualTo(2);
        assertThat(objects()).contains(foreign);
      }
      assertThat(objects()).contains(foreign);
      PLATFORM.unlinkShared(foreign);
    }
  }

  @Test
  void create_sixteenForeignNames_isRefusedWithAdvice() {
    try (Space space = openQuiet()) {
      for (int generation = 1; generation <= 16; generation++) {
        PLATFORM.close(
            PLATFORM.openShared(
                Names.regionObject(hash(), new RegionId(Handle.of(0, generation))),
                Access.READ_WRITE,
                Creation.CREATE_NEW,
                0600));
      }
      assertThatThrownBy(() -> space.create(RegionSpec.named("r").bytes(1)))
          .isInstanceOf(NameTakenException.class)
          .hasMessageContaining("gc");
      assertThat(space.removeLeftovers()).hasSize(16);
      space.create(RegionSpec.named("r").bytes(1)).close();
    }
  }

  private static Duration ofSeconds(long seconds) {
    return Duration.ofSeconds(seconds);
  }

  private static long objectBytes(Region region) {
    var object = PLATFORM.openShared(region.info().osName(), Access.READ_ONLY, Creation.OPEN, 0);
    try {
      return PLATFORM.status(object).bytes();
    } finally {
      PLATFORM.close(object);
    }
  }
}
