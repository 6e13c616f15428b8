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
      owners.computeIfAbsent(WaitWord.key(word), _ -> new ArrayList<>(1)).add(member);
    }
    if (member.waits() && member.mode() == WaitWord.DRAIN) {
      owners.computeIfAbsent(member.key(), _ -> new ArrayList<>(1)).add(member);
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
            .distinct()
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
   * those, whom the context waits for and who wait for it.
   */
  List<Member> ringOf(int context) {
    BitSet stuck = stuck();
    if (!stuck.get(context)) {
      return List.of();
    }
    BitSet ahead = reach(context, stuck);
    List<Member> ring = new ArrayList<>();
    ahead.stream()
        .filter(other -> reach(other, stuck).get(context))
        .forEach(other -> ring.add(member(other)));
    return ring;
  }

  private Member member(int context) {
    return Objects.requireNonNull(members.get(context));
  }

  private BitSet stuck() {
    BitSet stuck = new BitSet();
    members.values().stream().filter(Member::waits).forEach(one -> stuck.set(one.context()));
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int context = stuck.nextSetBit(0);
          context >= 0;
          context = stuck.nextSetBit(context + 1)) {
        if (!isStuck(member(context), stuck)) {
          stuck.clear(context);
          changed = true;
        }
      }
    }
    return stuck;
  }

  private boolean isStuck(Member member, BitSet stuck) {
    List<Member> blockers = blockersOf(member);
    return member.mode() == WaitWord.PERMIT
        ? !blockers.isEmpty() && blockers.stream().allMatch(other -> stuck.get(other.context()))
        : blockers.stream().anyMatch(other -> stuck.get(other.context()));
  }

  /** The stuck ones that a stuck one waits for, directly or through others. */
  private BitSet reach(int from, BitSet stuck) {
    BitSet reached = new BitSet();
    Deque<Integer> open = new ArrayDeque<>(List.of(from));
    while (!open.isEmpty()) {
      for (Member next : blockersOf(member(open.pop()))) {
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
