package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import dev.holdfast.region.Membership;
import dev.holdfast.region.SpaceEvent;
import dev.holdfast.sync.WaitGraph.Member;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/**
 * Finds threads, of whatever processes, that wait for each other, and breaks the ring by making one
 * of them give up.
 *
 * <p>Nothing is stopped for it. A waiter looks when it has waited {@link #DELAY_NANOS}. What it
 * found it reads again; if nothing changed, all of it was true at once. Everybody who looks chooses
 * the same victim. A ring that exists only because a writer waiting for readers keeps others out is
 * not broken but re-ordered: that writer lets them in first. One of transactions alone settles
 * itself: {@link Tickets}.
 *
 * <p><b>Cost.</b> Nothing before a wait is that old; then one pass over the contexts that were ever
 * used.
 *
 * <p>Source: PostgreSQL's delayed start and soft edges, InnoDB's validation of reservation numbers.
 */
final class Detector {
  static final long DELAY_NANOS = 200_000_000;

  private final LockSegment segment;
  private final Words words;
  private final Membership membership;
  private final Waiters waiters;
  private final Tickets tickets;
  private final LongFunction<String> names;

  /**
   * @param names what a key is called
   */
  Detector(
      LockSegment segment,
      Membership membership,
      Waiters waiters,
      Tickets tickets,
      LongFunction<String> names) {
    this.segment = segment;
    this.words = segment.words;
    this.membership = membership;
    this.waiters = waiters;
    this.tickets = tickets;
    this.names = names;
  }

  WaitGraph graph() {
    return WaitGraph.read(segment, membership::hasPlace);
  }

  /** Looks for a deadlock that the caller is part of, and breaks it. */
  void check(Context me) {
    breakIfStanding(ringOf(me));
  }

  /** The first reading: the ring that the caller is part of, as far as one look can tell. */
  List<Member> ringOf(Context me) {
    return graph().ringOf(me.index);
  }

  /** The second reading: breaks the ring if nobody in it did anything since the first. */
  void breakIfStanding(List<Member> ring) {
    if (!ring.isEmpty()
        && graph().isUnchanged(ring)
        && ring.stream().noneMatch(this::isCancelled)
        && !tickets.settle(ring)) {
      cancel(inTheWay(ring).orElseGet(() -> victimOf(ring)));
    }
  }

  private boolean isCancelled(Member member) {
    return field(member, ContextLayout.CANCEL) == member.sequence();
  }

  /** A writer that waits for readers to leave while another of the ring waits to read. */
  private static Optional<Member> inTheWay(List<Member> ring) {
    return ring.stream()
        .filter(writer -> writer.mode() == WaitWord.DRAIN)
        .filter(writer ->
            ring.stream()
                .anyMatch(reader -> reader.mode() == WaitWord.READ && reader.key() == writer.key()))
        .findFirst();
  }

  /** Whether it helps that the caller, a writer that waits for readers, lets readers in first. */
  boolean mayStepBack(Context me) {
    List<Member> ring = graph().ringOf(me.index);
    return ring.isEmpty()
        || inTheWay(ring).filter(writer -> writer.context() == me.index).isPresent();
  }

  /** Least often victim, lowest priority, owns least, came last, highest context. */
  private Member victimOf(List<Member> ring) {
    Comparator<Member> order =
        Comparator.comparingLong(Member::victims)
            .thenComparingLong(Member::priority)
            .thenComparingInt(member -> member.held().size())
            .thenComparingLong(member -> -member.since())
            .thenComparingInt(member -> -member.context());
    return ring.stream().min(order).orElseThrow();
  }

  private long field(Member member, int field) {
    return words.get(segment.context(member.context()) + field);
  }

  private void cancel(Member victim) {
    words.set(segment.context(victim.context()) + ContextLayout.CANCEL, victim.sequence());
    waiters.signal(victim.context());
  }

  // ---- for the victim ----------------------------------------------------------------------

  /** What the victim throws: who waited for what. */
  DeadlockException victim(Context me) {
    long key = WaitWord.key(waiters.waitWord(me.index));
    membership.record(
        SpaceEvent.Kind.DEADLOCK_BROKEN, WaitWord.isPlaced(key) ? -1 : key, names.apply(key));
    StringBuilder report =
        new StringBuilder("deadlock: the caller was chosen to give up waiting for ")
            .append(names.apply(key))
            .append("; release what it owns, wait a little, begin again");
    for (Member member : graph().ringOf(me.index)) {
      report.append("\n  ").append(describe(member));
    }
    return new DeadlockException(report.toString());
  }

  /** Counts that the caller gave way. */
  void countVictim(Context me) {
    words.add(me.at + ContextLayout.VICTIMS, 1);
    words.add(SegmentLayout.DEADLOCKS_BROKEN, 1);
  }

  private String describe(Member member) {
    long waited = membership.platform().monotonicNanos() - member.since();
    String process =
        membership
            .participant((int) (member.participant() & 0xFFFF))
            .map(peer -> "pid %d (%s)".formatted(peer.pid(), peer.label()))
            .orElse("a process that is gone");
    return "%s, thread %s: owns %s, waits for %s since %d ms"
        .formatted(
            process,
            Labels.read(words, segment.context(member.context())),
            member.held().stream().map(word -> names.apply(WaitWord.key(word))).toList(),
            names.apply(member.key()),
            waited / 1_000_000);
  }
}
