package dev.holdfast.resource.guard;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * A closer leaves an entry in the {@link Inbox} and then looks whether a worker is awake; the last
 * worker gives its slot back and then looks into the inbox. Not both may rely on the other, or the
 * clean-up would wait for whoever closes next.
 */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the worker finds it")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the closer starts a worker")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "both act; one finds nothing to do")
@Outcome(id = "true, true", expect = FORBIDDEN, desc = "nobody acts")
@State
public class InboxStress {
  private final Inbox inbox = new Inbox();
  private final Entry<String> entry = StressEntry.create();
  private volatile int slotsTaken = 1; // as in Cleanups

  /** Asks for a clean-up; whether the closer relies on a worker that is awake. */
  @Actor
  public void close(ZZ_Result result) {
    result.r1 = inbox.put(entry) && slotsTaken > 0;
  }

  /** Leaves; whether the worker falls asleep. */
  @Actor
  public void leave(ZZ_Result result) {
    slotsTaken = 0;
    result.r2 = inbox.isEmpty();
  }
}
