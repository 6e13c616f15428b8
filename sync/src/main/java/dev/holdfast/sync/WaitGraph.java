package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/**
 * Who waits for what and who owns it, as read once, one context after the other: not of one
 * instant. What it says of a set of members is true if {@link #isUnchanged} says so afterwards.
 */
final class WaitGraph {
  private final LockSegment segment;
  private final Words words;
  private final Map<Integer, Member> members = new TreeMap<>();
  private final Map<Long, List<Member>> owners = new HashMap<>();

  /** What a context was seen doing, and all that the choice of a victim depends on. */
  record Member(
      int context,
      long participant,
      long sequence,
      long waitWord,
      List<Long> held,
      long since,
      long priority,
      long victims) {
    boolean waits() {
      return waitWord > 0;
    }

    long key() {
      return WaitWord.key(waitWord);
    }

    long mode() {
      return WaitWord.mode(waitWord);
    }

    /** Whether it keeps {@code waiter} from what that one waits for. */
    private boolean blocks(Member waiter) {
      boolean drainsIt = waits() && mode() == WaitWord.DRAIN && key() == waiter.key();
      return (waiter.mode() == WaitWord.READ && drainsIt)
          || held.stream()
              .anyMatch(word ->
                  WaitWord.key(word) == waiter.key()
                      && WaitWord.excludes(WaitWord.mode(word), waiter.mode()));
    }
  }

  private WaitGraph(LockSegment segment) {
    this.segment = segment;
    this.words = segment.words;
  }

  /** Reads it. */
  static WaitGraph read(LockSegment segment, LongPredicate lives) {
    WaitGraph graph = new WaitGraph(segment);
    int high = segment.highContext();
    for (int context = 0; context < high; context++) {
      Member member = graph.look(context);
      if (member.participant() > 0 && lives.test(member.participant())) {
        graph.add(member);
      }
    }
    return graph;
  }

  private void add(Member member) {
    members.put(member.context(), member);
    for (long word : member.held()) {
      noteOwner(WaitWord.key(word), member);
    }
    if (member.waits() && member.mode() == WaitWord.DRAIN) {
      noteOwner(member.key(), member);
    }
  }

  private void noteOwner(long key, Member member) {
    List<Member> some = owners.computeIfAbsent(key, _ -> new ArrayList<>(1));
    if (some.isEmpty()
        || some.getLast().context() != member.context()) { // it may own it in two modes
      some.add(member);
    }
  }

  private Member look(int context) {
    long at = segment.context(context);
    long sequence = words.get(at + ContextLayout.SEQUENCE);
    long wait = words.get(segment.wait(context));
    List<Long> held = new ArrayList<>(2);
    for (int i = 0; i < ContextLayout.HELD_MAX; i++) {
      long word = words.get(at + ContextLayout.HELD + (long) i * Long.BYTES);
      if (word != 0) {
        held.add(word);
      }
    }
    return new Member(
        context,
        words.get(at + ContextLayout.OWNER),
        sequence,
        wait,
        held,
        words.get(at + ContextLayout.SINCE),
        words.get(at + ContextLayout.PRIORITY),
        words.get(at + ContextLayout.VICTIMS));
  }

  /** Everybody who owns something or waits, by context. */
  List<Member> members() {
    return List.copyOf(members.values());
  }

  /** Those that keep a waiter from what it waits for. */
  List<Member> blockersOf(Member waiter) {
    return waiter.waits()
        ? owners.getOrDefault(waiter.key(), List.of()).stream()
            .filter(owner -> isOther(owner, waiter) && owner.blocks(waiter))
            .toList()
        : List.of();
  }

  /** Who has permits and waits for more of the same may be the only one to give any back. */
  private static boolean isOther(Member owner, Member waiter) {
    return owner.context() != waiter.context() || waiter.mode() == WaitWord.PERMIT;
  }

  /**
   * Those that wait for each other in rings through that context; none if it is in no deadlock.
   *
   * <p>Stuck is who waits for somebody stuck; of those who have permits, all must be, for any of
   * them may give one back. That is the largest set in which everybody is kept by the others; of
   * those, whom the context waits for and who wait for it. Each edge is followed a few times,
   * however long the chains are.
   */
  List<Member> ringOf(int context) {
    if (!waits(context)) {
      return List.of();
    }
    Map<Integer, List<Member>> ahead = new HashMap<>();
    Map<Integer, List<Member>> behind = new HashMap<>();
    for (Member waiter : members.values()) {
      if (waiter.waits()) {
        List<Member> blockers = blockersOf(waiter);
        ahead.put(waiter.context(), blockers);
        blockers.forEach(blocker ->
            behind.computeIfAbsent(blocker.context(), _ -> new ArrayList<>()).add(waiter));
      }
    }
    BitSet stuck = stuck(ahead, behind);
    BitSet ring = reach(context, ahead, stuck);
    ring.and(reach(context, behind, stuck));
    return ring.stream().mapToObj(this::member).toList();
  }

  private boolean waits(int context) {
    Member member = members.get(context);
    return member != null && member.waits();
  }

  private Member member(int context) {
    return Objects.requireNonNull(members.get(context));
  }

  /** All waiters, less those somebody not stuck can free, less those that these can, and so on. */
  private BitSet stuck(Map<Integer, List<Member>> ahead, Map<Integer, List<Member>> behind) {
    BitSet stuck = new BitSet();
    ahead.keySet().forEach(stuck::set);
    Deque<Integer> open = new ArrayDeque<>(ahead.keySet());
    while (!open.isEmpty()) {
      int context = open.pop();
      if (stuck.get(context) && !isStuck(member(context), edges(ahead, context), stuck)) {
        stuck.clear(context);
        edges(behind, context).forEach(waiter -> open.push(waiter.context()));
      }
    }
    return stuck;
  }

  private static List<Member> edges(Map<Integer, List<Member>> of, int context) {
    return of.getOrDefault(context, List.of());
  }

  private static boolean isStuck(Member member, List<Member> blockers, BitSet stuck) {
    return member.mode() == WaitWord.PERMIT
        ? !blockers.isEmpty() && blockers.stream().allMatch(other -> stuck.get(other.context()))
        : blockers.stream().anyMatch(other -> stuck.get(other.context()));
  }

  /** The stuck ones that one or more edges lead to; nobody from one that is not stuck. */
  private static BitSet reach(int from, Map<Integer, List<Member>> edges, BitSet stuck) {
    BitSet reached = new BitSet();
    Deque<Integer> open = new ArrayDeque<>();
    if (stuck.get(from)) {
      open.push(from);
    }
    while (!open.isEmpty()) {
      for (Member next : edges(edges, open.pop())) {
        if (stuck.get(next.context()) && !reached.get(next.context())) {
          reached.set(next.context());
          open.push(next.context());
        }
      }
    }
    return reached;
  }

  /**
   * Whether the members do what they were seen doing: then all of it was true at the instant
   * between the two readings.
   */
  boolean isUnchanged(List<Member> some) {
    return some.stream().allMatch(member -> look(member.context()).equals(member));
  }
}
