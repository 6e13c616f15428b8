package dev.holdfast.stress.resource;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.resource.data.Lease;
import dev.holdfast.resource.data.SharedData;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/**
 * A value is changed with plain stores, in place or on a copy, while another thread reads it under
 * a lease and then keeps what it is given: it sees both whole, and the second not older.
 */
@JCStressTest
@Outcome(
    id = {"0, 0, 0, 0", "0, 0, 1, 1", "1, 1, 1, 1"},
    expect = ACCEPTABLE,
    desc = "whole, and in order")
@Outcome(expect = FORBIDDEN, desc = "half a change, one under a reader, or one undone")
@State
public class SharedDataStress {
  private final SharedData<int[]> data = SharedData.of(new int[2], int[]::clone);

  /** Changes both halves. */
  @Actor
  public void change() {
    data.change(pair -> {
      pair[0] = 1;
      pair[1] = 1;
    });
  }

  /** Reads both halves of a value that it gives back, and of one that it keeps. */
  @Actor
  public void read(IIII_Result result) {
    try (Lease<int[]> lease = data.lease()) {
      result.r2 = lease.value()[1];
      result.r1 = lease.value()[0];
    }
    int[] kept = data.get();
    result.r4 = kept[1];
    result.r3 = kept[0];
  }
}
