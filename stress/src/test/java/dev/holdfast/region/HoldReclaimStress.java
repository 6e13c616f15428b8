package dev.holdfast.region;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Edge 5 of the memory model: a holder sets its bit and then reads the state, a reclaimer changes
 * the state and then reads the row. Not both may miss the other.
 */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "held; the reclaimer goes back")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "reclaimed; the holder gives up")
@Outcome(
    id = "false, false",
    expect = ACCEPTABLE,
    desc = "both saw each other; the hold is retried")
@Outcome(id = "true, true", expect = FORBIDDEN, desc = "reclaimed under a hold")
@State
public class HoldReclaimStress {
  private final int slot = StressSegment.nextSlot();

  /** The steps of a hold; whether it holds. */
  @Actor
  public void hold(ZZ_Result result) {
    StressSegment.LEDGER.set(slot, StressSegment.HOLDER);
    result.r1 = StateWord.isHoldable(StressSegment.TABLE.rawState(slot), StressSegment.GENERATION);
  }

  /** The steps of a look; whether the region seems to be unheld. */
  @Actor
  public void reclaim(ZZ_Result result) {
    long live = StateWord.live(StressSegment.GENERATION);
    StressSegment.TABLE.changeState(
        slot, live, StateWord.reclaiming(StressSegment.RECLAIMER, live));
    result.r2 = StressSegment.LEDGER.isUnheld(slot);
  }
}
