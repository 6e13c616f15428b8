package dev.holdfast.resource.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A loan is ended, and its ticket released; a borrower compares the ticket without the lock. Who
 * sees that the loan is over sees what was done before its end, even if it had looked before.
 */
@JCStressTest
@Outcome(
    id = {"0, 0, 0", "0, 0, 1", "1, 0, 0", "1, 0, 1"},
    expect = ACCEPTABLE,
    desc = "the loan still runs: nothing is promised")
@Outcome(
    id = {"0, 1, 1", "1, 1, 1"},
    expect = ACCEPTABLE,
    desc = "it is over, and what came before is seen")
@Outcome(expect = FORBIDDEN, desc = "it is over, and what came before is not seen")
@State
@SuppressWarnings("NullAway") // an entry of no pool: ending a loan asks for none
public class TicketStress {
  private final Entry<String> entry = new Entry<>(null, null, "object", 0, 0, 0);
  private final long ticket = entry.beginLoan();
  private int before;

  /** Ends the loan. */
  @Actor
  public void end() {
    before = 1;
    entry.endLoan();
  }

  /** What came before, whether the loan is over, and what came before once more. */
  @Actor
  public void look(III_Result result) {
    result.r1 = before;
    result.r2 = entry.isLentAs(ticket) ? 0 : 1;
    result.r3 = before;
  }
}
