package dev.holdfast.region;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * The negative control of {@link HoldReclaimStress}: the same handshake with plain accesses. Most
 * processors let both miss each other; that it is seen shows that the harness would see it there.
 */
@JCStressTest
@Outcome(
    id = {"true, false", "false, true", "false, false"},
    expect = ACCEPTABLE,
    desc = "as if ordered")
@Outcome(id = "true, true", expect = ACCEPTABLE_INTERESTING, desc = "both missed each other")
@State
public class PlainHoldReclaimStress {
  private final int slot = StressSegment.nextSlot();

  /** The steps of a hold without ordering. */
  @Actor
  public void hold(ZZ_Result result) {
    StressSegment.WORDS.setPlain(StressSegment.rowOf(slot), 1L << StressSegment.HOLDER);
    long word = StressSegment.WORDS.getPlain(StressSegment.stateOf(slot));
    result.r1 = StateWord.isHoldable(word, StressSegment.GENERATION);
  }

  /** The steps of a look without ordering. */
  @Actor
  public void reclaim(ZZ_Result result) {
    long reclaiming =
        StateWord.reclaiming(StressSegment.RECLAIMER, StateWord.live(StressSegment.GENERATION));
    StressSegment.WORDS.setPlain(StressSegment.stateOf(slot), reclaiming);
    result.r2 = StressSegment.WORDS.getPlain(StressSegment.rowOf(slot)) == 0;
  }
}
