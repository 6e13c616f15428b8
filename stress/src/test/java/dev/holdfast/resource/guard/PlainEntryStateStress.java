package dev.holdfast.resource.guard;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * The negative control of {@link EntryStateStress}, and of the same promise of a pool's ticket: a
 * plain word in the place of the state. A compiler may then take the second look at the effect for
 * the first; that it is seen shows that the harness would see it there.
 */
@JCStressTest
@Outcome(id = "0, 1, 0", expect = ACCEPTABLE_INTERESTING, desc = "cleaned without its effect")
@Outcome(expect = ACCEPTABLE, desc = "as if ordered, or not cleaned yet")
@State
public class PlainEntryStateStress {
  private static final int FAR = 31; // on a cache line of its own, so that the race is wide

  private final int[] cleaned = new int[2 * FAR];
  private int effect;

  /** As {@link EntryStateStress#clean}, without ordering. */
  @Actor
  public void clean() {
    effect = 1;
    cleaned[FAR] = 1;
  }

  /** As {@link EntryStateStress#look}, without ordering. */
  @Actor
  public void look(III_Result result) {
    result.r1 = effect;
    result.r2 = cleaned[FAR];
    result.r3 = effect;
  }
}
