package dev.holdfast.stress.locks;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.holdfast.region.SimulatedSpace;
import dev.holdfast.sync.Locks;
import dev.holdfast.sync.Mutex;
import dev.holdfast.testkit.FakeKernel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two words are changed with plain stores under a mutex and read with plain loads under the same
 * mutex, by two participants: whoever comes second sees all that the first did inside.
 *
 * <p>The states share some mutexes, as there are more states at once than locks in a space.
 */
@JCStressTest
@Outcome(
    id = {"0, 0", "1, 1"},
    expect = ACCEPTABLE,
    desc = "nothing of it, or all")
@Outcome(expect = FORBIDDEN, desc = "half a change")
@State
public class MutexStress {
  private static final int MUTEXES = 512;
  private static final FakeKernel KERNEL = new FakeKernel();
  private static final Mutex[] WRITERS = mutexes("writer");
  private static final Mutex[] READERS = mutexes("reader");
  private static final AtomicInteger NEXT = new AtomicInteger();

  private final int mutex = Math.floorMod(NEXT.getAndIncrement(), MUTEXES);
  private int first;
  private int second;

  private static Mutex[] mutexes(String participant) {
    Locks locks = Locks.of(SimulatedSpace.open(KERNEL.start(participant, 0, 0)));
    return IntStream.range(0, MUTEXES).mapToObj(i -> locks.mutex("m" + i)).toArray(Mutex[]::new);
  }

  /** Changes both. */
  @Actor
  public void write() {
    WRITERS[mutex].lock();
    try {
      first = 1;
      second = 1;
    } finally {
      WRITERS[mutex].unlock();
    }
  }

  /** Reads both, the later one first. */
  @Actor
  public void read(II_Result result) {
    READERS[mutex].lock();
    try {
      result.r2 = second;
      result.r1 = first;
    } finally {
      READERS[mutex].unlock();
    }
  }
}
