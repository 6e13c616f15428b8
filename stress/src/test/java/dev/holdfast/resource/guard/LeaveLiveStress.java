package dev.holdfast.resource.guard;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A guard is closed and its resource detached at the same moment: exactly one of the two wins. */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "closed")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "detached")
@Outcome(expect = FORBIDDEN, desc = "both, or neither")
@State
public class LeaveLiveStress {
  private final Entry<String> entry = StressEntry.create();

  /** Whether it was closed. */
  @Actor
  public void close(ZZ_Result result) {
    result.r1 = entry.leaveLive(GuardState.CLOSING);
  }

  /** Whether it was detached. */
  @Actor
  public void detach(ZZ_Result result) {
    result.r2 = entry.leaveLive(GuardState.DETACHED);
  }
}
