package dev.holdfast.resource.guard;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * The negative control of {@link InboxStress}: the same with plain accesses. Most processors let
 * both rely on the other; that it is seen shows that the harness would see it there.
 */
@JCStressTest
@Outcome(
    id = {"true, false", "false, true", "false, false"},
    expect = ACCEPTABLE,
    desc = "as if ordered")
@Outcome(id = "true, true", expect = ACCEPTABLE_INTERESTING, desc = "nobody acts")
@State
public class PlainInboxStress {
  private boolean isEmpty = true;
  private int slotsTaken = 1;

  /** As {@link InboxStress#close}, without ordering. */
  @Actor
  public void close(ZZ_Result result) {
    isEmpty = false;
    result.r1 = slotsTaken > 0;
  }

  /** As {@link InboxStress#leave}, without ordering. */
  @Actor
  public void leave(ZZ_Result result) {
    slotsTaken = 0;
    result.r2 = isEmpty;
  }
}
