package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.holdfast.platform.SystemCallException;
import dev.holdfast.platform.Words;
import dev.holdfast.region.Verification.Damage;
import dev.holdfast.region.Verification.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * One bit of a populated control segment is flipped, anywhere, and everything is tried then. Every
 * outcome is a typed exception or a success; after repair, a second look finds nothing that can be
 * mended.
 */
class SpaceDamageTest extends SpaceTestBase {
  private static final int FLIPS = Boolean.getBoolean("holdfast.long") ? 5_000 : 250;
  private static final long SEED = Long.getLong("holdfast.seed", 20_261_121L);

  @Test
  void everyOperation_anyBitFlipped_isTypedOrSucceedsAndRepairMends() {
    System.out.println("damage seed: -Dholdfast.seed=" + SEED);
    Random random = new Random(SEED);
    List<String> failures = new ArrayList<>();
    for (int flip = 0; flip < FLIPS; flip++) {
      long bit = Integer.toUnsignedLong(random.nextInt());
      boolean headerOrTables = flip % 2 == 0;
      String what = "flip " + flip;
      try {
        assertTimeoutPreemptively(watchdog(), () -> flipOnce(bit, headerOrTables));
      } catch (Throwable e) {
        failures.add(what + ": " + where(bit, headerOrTables) + ": " + e);
      }
      cleanAnew();
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void everyOperation_everyBitOfAStateWordFlipped_isTypedOrSucceedsAndRepairMends() {
    List<String> failures = new ArrayList<>();
    Geometry geometry = Geometry.of(spec().limits());
    for (int slot = 0; slot < 3; slot++) {
      for (int bit = 0; bit < Long.SIZE; bit++) {
        long at = (geometry.start(HeaderLayout.SECTION_STATES) + slot * 8L) * 8 + bit;
        try {
          assertTimeoutPreemptively(watchdog(), () -> flipAt(at));
        } catch (Throwable e) {
          failures.add("state of slot " + slot + ", bit " + bit + ": " + e);
        }
        cleanAnew();
      }
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void regions_anEntryAndAStateDamaged_theSoundAreListedAndTheDamageIsTold() {
    Geometry geometry = Geometry.of(spec().limits());
    List<String> told = new ArrayList<>();
    try (Space space = openQuiet()) {
      for (String name : List.of("first", "second", "third")) {
        space.create(manual(name, 100)).close();
      }
      damage(words -> flip(words, geometry.start(HeaderLayout.SECTION_REGIONS) * 8));
      damage(words -> flip(words, (geometry.start(HeaderLayout.SECTION_STATES) + 8) * 8 + 5));
      assertThat(space.regions(damage -> told.add(damage.getMessage())))
          .extracting(RegionInfo::name)
          .containsExactly("third");
      assertThat(told)
          .satisfiesExactly(
              entry -> assertThat(entry).startsWith("region entry is damaged: slot=0"),
              state -> assertThat(state).startsWith("region state is damaged: slot=1"));
      assertThatThrownBy(space::regions).isInstanceOf(CorruptedException.class);
      space.repair();
    }
    removeAll();
  }

  private void flipOnce(long random, boolean headerOrTables) {
    flipAt(where(random, headerOrTables));
  }

  /** Half of the flips hit what is in use: header, catalog and the first rows of each table. */
  private long where(long random, boolean used) {
    Geometry geometry = Geometry.of(spec().limits());
    if (!used) {
      return random % (geometry.bytes() * 8);
    }
    List<long[]> ranges = new ArrayList<>();
    ranges.add(new long[] {0, 1032});
    ranges.add(new long[] {geometry.start(HeaderLayout.SECTION_CATALOG), 128});
    ranges.add(new long[] {geometry.start(HeaderLayout.SECTION_PARTICIPANTS), 768});
    ranges.add(new long[] {geometry.start(HeaderLayout.SECTION_STATES), 40});
    ranges.add(new long[] {geometry.start(HeaderLayout.SECTION_NAMES), 40});
    ranges.add(new long[] {geometry.start(HeaderLayout.SECTION_LEDGER), 320});
    ranges.add(new long[] {geometry.start(HeaderLayout.SECTION_REGIONS), 4096});
    ranges.add(new long[] {geometry.start(HeaderLayout.SECTION_EVENTS), 1024});
    long[] range = ranges.get((int) (random % ranges.size()));
    return range[0] * 8 + random / ranges.size() % (range[1] * 8);
  }

  private void flipAt(long bit) {
    try (Space holder = openQuiet();
        Region held = holder.create(RegionSpec.named("held").bytes(5000));
        Region manual = holder.create(manual("manual", 100))) {
      holder.create(manual("retired", 64)).close();
      holder.remove("retired");
      holder.create(manual("idle", 64)).close();
      held.takeChecksum();
      assertThat(manual.bytes()).isEqualTo(100);
      damage(words -> flip(words, bit));
      tryEverything();
      repairAndLookAgain();
    }
  }

  private void tryEverything() {
    try (Space other = openQuiet()) {
      attempt(other::regions);
      attempt(other::participants);
      attempt(other::usage);
      attempt(other::events);
      attempt(other::findLeftovers);
      attempt(() -> other.region("held").close());
      attempt(() -> other.writableRegion("manual").close());
      attempt(() -> other.find("idle"));
      attempt(() -> other.create(RegionSpec.named("new").bytes(10)).close());
      attempt(() -> other.remove("idle"));
      attempt(other::sweep);
      attempt(() -> other.verify(true));
    } catch (HoldfastException | SystemCallException | IllegalArgumentException typed) {
      assertThat(typed.getMessage()).isNotBlank();
    }
  }

  private static void attempt(Runnable operation) {
    try {
      operation.run();
    } catch (HoldfastException | SystemCallException | IllegalArgumentException typed) {
      assertThat(typed.getMessage()).isNotBlank();
    }
  }

  private void repairAndLookAgain() {
    Space.repairHeader(spec(), environment(PLATFORM));
    try (Space mender = openQuiet()) {
      mender.repair();
      assertThat(mender.verify(true).findings())
          .as("after repair")
          .extracting(Finding::damage)
          .allMatch(damage -> damage == Damage.CONTENT);
      attempt(() -> mender.create(RegionSpec.named("after").bytes(10)).close());
    }
  }

  private static void flip(Words words, long bit) {
    long at = bit / 64 * 8;
    words.set(at, words.get(at) ^ 1L << (bit % 64));
  }

  /** Whatever is left of a damaged space goes. */
  private void cleanAnew() {
    objects().forEach(PLATFORM::unlinkShared);
    for (String file : List.of("live", "space.json")) {
      root.resolve(SPACE).resolve(file).toFile().delete();
    }
  }
}
