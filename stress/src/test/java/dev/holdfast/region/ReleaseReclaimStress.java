package dev.holdfast.region;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Edge 6 of the memory model: a holder's last plain accesses to the region's bytes, then its bit is
 * cleared; a reclaimer reads a zero row, then destroys the bytes. The holder never reads destroyed
 * bytes, and the reclaimer has all that the holder wrote before it.
 */
@JCStressTest
@Outcome(id = "0, -1", expect = ACCEPTABLE, desc = "held still: the reclaimer keeps away")
@Outcome(id = "0, 7", expect = ACCEPTABLE, desc = "released, then destroyed")
@Outcome(expect = FORBIDDEN, desc = "destroyed under a hold, or a holder's write came after it")
@State
public class ReleaseReclaimStress {
  private static final int WRITTEN = 7;
  private static final int DESTROYED = 99;

  private final int slot = heldSlot();

  private static int heldSlot() {
    int slot = StressSegment.nextSlot();
    StressSegment.LEDGER.set(slot, StressSegment.HOLDER);
    return slot;
  }

  /** Uses the bytes and releases; what was read. */
  @Actor
  public void release(II_Result result) {
    long bytes = StressSegment.bytesOf(slot);
    result.r1 = (int) StressSegment.BYTES.getPlain(bytes);
    StressSegment.BYTES.setPlain(bytes, WRITTEN);
    StressSegment.LEDGER.clear(slot, StressSegment.HOLDER);
  }

  /** Destroys the bytes if nobody holds them; what they were, −1 if somebody does. */
  @Actor
  public void reclaim(II_Result result) {
    result.r2 = -1;
    if (StressSegment.LEDGER.isUnheld(slot)) {
      long bytes = StressSegment.bytesOf(slot);
      result.r2 = (int) StressSegment.BYTES.getPlain(bytes);
      StressSegment.BYTES.setPlain(bytes, DESTROYED);
    }
  }
}
