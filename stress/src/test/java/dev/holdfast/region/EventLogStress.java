package dev.holdfast.region;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Edge 9 of the memory model: a record is written, then its sequence; a reader believes whole
 * records only, also while the ring runs over it. Each record says the same number in four fields.
 */
@JCStressTest
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "records read, all of them whole")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "no record was whole")
@Outcome(expect = FORBIDDEN, desc = "a torn record was believed")
@State
public class EventLogStress {
  private static final EventLog LOG = StressSegment.newEventLog();
  private static final AtomicLong NUMBERS = new AtomicLong(1);

  /** Records one event. */
  @org.openjdk.jcstress.annotations.Actor
  public void write() {
    long number = NUMBERS.getAndIncrement() & 0xFFFF_FFFFL;
    Actor actor = new Actor(0, number, number);
    LOG.record(SpaceEvent.Kind.CREATED, actor, Handle.of(1, number), number, Long.toString(number));
  }

  /** Whether a believed record was torn, and whether there was one. */
  @org.openjdk.jcstress.annotations.Actor
  public void read(ZZ_Result result) {
    List<SpaceEvent> events = LOG.read();
    result.r1 = !events.stream().allMatch(EventLogStress::isWhole);
    result.r2 = !events.isEmpty();
  }

  private static boolean isWhole(SpaceEvent event) {
    long number = event.value();
    return event.kind() == SpaceEvent.Kind.CREATED
        && event.pid() == number
        && event.actor() == Handle.of(0, number)
        && event.text().equals(Long.toString(number));
  }
}
