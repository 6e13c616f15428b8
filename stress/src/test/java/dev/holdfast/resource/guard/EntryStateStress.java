package dev.holdfast.resource.guard;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A clean-up has its effect by a plain store, then its guard is CLEANED; who sees that state sees
 * the effect, even if it had looked at it before.
 */
@JCStressTest
@Outcome(
    id = {"0, 0, 0", "0, 0, 1", "1, 0, 0", "1, 0, 1"},
    expect = ACCEPTABLE,
    desc = "not cleaned yet: nothing is promised")
@Outcome(
    id = {"0, 1, 1", "1, 1, 1"},
    expect = ACCEPTABLE,
    desc = "cleaned, and its effect is seen")
@Outcome(expect = FORBIDDEN, desc = "cleaned without its effect")
@State
public class EntryStateStress {
  private final Entry<String> entry = StressEntry.create();
  private int effect;

  /** The steps of a clean-up. */
  @Actor
  public void clean() {
    effect = 1;
    entry.finish(GuardState.CLEANED);
  }

  /** The effect, whether the resource is cleaned, and the effect once more. */
  @Actor
  public void look(III_Result result) {
    result.r1 = effect;
    result.r2 = entry.state() == GuardState.CLEANED ? 1 : 0;
    result.r3 = effect;
  }
}
