package dev.holdfast.region;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import dev.holdfast.testkit.FakeKernel;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Off-heap words for the jcstress tests of one forked JVM: a control segment in which each state
 * under test has a region slot of its own, and beside it a word of "user's bytes" a region.
 *
 * <p>jcstress holds some ten thousand states at once; slots are used again in turn only after many
 * more than that.
 */
final class StressSegment {
  static final int HOLDER = 0;
  static final int RECLAIMER = 1;
  static final long GENERATION = 1;

  private static final int SLOTS = 65_535;
  private static final AtomicInteger NEXT = new AtomicInteger();
  private static final ControlSegment SEGMENT = newSegment(SLOTS);

  static final Words WORDS = SEGMENT.words();
  static final Ledger LEDGER = new Ledger(SEGMENT);
  static final RegionTable TABLE = new RegionTable(SEGMENT);
  static final Words BYTES = Words.over(Arena.global().allocate((long) SLOTS * 64, 64));

  /** A slot with a LIVE region that nobody holds. */
  static int nextSlot() {
    int slot = Math.floorMod(NEXT.getAndIncrement(), SLOTS);
    WORDS.set(SEGMENT.state(slot), StateWord.live(GENERATION));
    WORDS.set(SEGMENT.row(slot), 0);
    BYTES.set(bytesOf(slot), 0);
    return slot;
  }

  /** Where the word of the region's bytes stands. */
  static long bytesOf(int slot) {
    return slot * 64L;
  }

  static long stateOf(int slot) {
    return SEGMENT.state(slot);
  }

  static long rowOf(int slot) {
    return SEGMENT.row(slot);
  }

  /** A small event log over words of its own. */
  static EventLog newEventLog() {
    Platform clock = new FakeKernel().start("writer").platform();
    return new EventLog(newSegment(1), clock);
  }

  private static ControlSegment newSegment(int regions) {
    Geometry geometry = Geometry.of(64, regions, 64);
    return ControlSegment.initialise(
        Words.over(Arena.global().allocate(geometry.bytes(), 64)),
        geometry,
        Limits.DEFAULT.withRegions(regions).withParticipants(64),
        new ControlSegment.Birth("stress", 1, 2, 3, 4));
  }

  private StressSegment() {}
}
