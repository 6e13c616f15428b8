package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import dev.holdfast.region.Membership;
import dev.holdfast.region.ParticipantInfo;
import dev.holdfast.sync.WaitGraph.Member;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.IntStream;

/** What people and monitors are shown of locks; reads shared words, changes nothing. */
final class LockReport {
  private final LockSegment segment;
  private final Words words;
  private final LockTable table;
  private final Membership membership;
  private final Detector detector;
  private final LongFunction<String> names;

  LockReport(
      LockSegment segment,
      LockTable table,
      Membership membership,
      Detector detector,
      LongFunction<String> names) {
    this.segment = segment;
    this.words = segment.words;
    this.table = table;
    this.membership = membership;
    this.detector = detector;
    this.names = names;
  }

  /** Everybody who owns something or waits. */
  List<Member> members() {
    return detector.graph().members();
  }

  List<LockInfo> locks() {
    List<Member> members = members();
    return IntStream.range(0, segment.highLock())
        .filter(table::isLive)
        .mapToObj(lock -> lock(lock, members))
        .toList();
  }

  private LockInfo lock(int lock, List<Member> members) {
    long key = WaitWord.key(lock);
    long word = table.field(lock, LockLayout.WORD);
    LockKind kind = table.kind(lock);
    int taken = kind == LockKind.SEMAPHORE ? taken(lock) : 0;
    return new LockInfo(
        lock,
        table.name(lock),
        kind,
        taken > 0 ? LockInfo.State.OWNED : state(word),
        members.stream()
            .filter(member -> member.held().stream().anyMatch(held -> WaitWord.key(held) == key))
            .map(Member::context)
            .toList(),
        members.stream()
            .filter(member -> member.waits() && member.key() == key)
            .map(Member::context)
            .toList(),
        kind == LockKind.SEMAPHORE ? (int) table.field(lock, LockLayout.CELLS) : 0,
        taken,
        table.field(lock, LockLayout.TOKEN),
        heldFor(words, segment.lock(lock), membership.platform().monotonicNanos()),
        instant(table.field(lock, LockLayout.CREATED)),
        statistics(lock));
  }

  private LockInfo.State state(long word) {
    if (OwnerWord.isNotRecoverable(word)) {
      return LockInfo.State.NOT_RECOVERABLE;
    }
    if (OwnerWord.isFree(word)) {
      return OwnerWord.ownerDied(word) ? LockInfo.State.OWNER_DIED : LockInfo.State.FREE;
    }
    return membership.isAlive(OwnerWord.participant(word))
        ? LockInfo.State.OWNED
        : LockInfo.State.OWNER_DIED;
  }

  private int taken(int lock) {
    int first = (int) table.field(lock, LockLayout.FIRST_CELL);
    int cells = (int) table.field(lock, LockLayout.CELLS);
    int taken = 0;
    for (int i = 0; i < cells; i++) {
      long owner = OwnerWord.participant(words.get(segment.cell(first + i)));
      taken += owner != 0 && membership.hasPlace(owner) ? 1 : 0;
    }
    return taken;
  }

  /** How long the owner of the lock whose words stand there has it, if that was written down. */
  static Optional<Duration> heldFor(Words words, long at, long now) {
    long since = words.get(at + LockLayout.HELD_SINCE);
    boolean isCurrent =
        !OwnerWord.isFree(words.get(at + LockLayout.WORD))
            && since != 0
            && words.get(at + LockLayout.HELD_SINCE_TOKEN) == words.get(at + LockLayout.TOKEN);
    return isCurrent ? Optional.of(Duration.ofNanos(now - since)) : Optional.empty();
  }

  private static Instant instant(long epochNanos) {
    return Instant.ofEpochSecond(0, epochNanos);
  }

  private LockStatistics statistics(int lock) {
    return new LockStatistics(
        table.field(lock, LockLayout.TOKEN),
        table.field(lock, LockLayout.CONTENDED),
        table.field(lock, LockLayout.HAND_OVERS),
        table.field(lock, LockLayout.OWNERS_DIED),
        table.field(lock, LockLayout.VICTIMS),
        table.field(lock, LockLayout.TIME_OUTS),
        Duration.ofNanos(table.field(lock, LockLayout.WAIT_NANOS)),
        table.field(lock, LockLayout.HOLDS_SAMPLED),
        Duration.ofNanos(table.field(lock, LockLayout.HOLD_NANOS)),
        buckets(lock, LockLayout.WAIT_TIMES),
        buckets(lock, LockLayout.HOLD_TIMES));
  }

  private List<Long> buckets(int lock, int field) {
    return IntStream.range(0, LockLayout.BUCKETS)
        .mapToObj(i -> table.field(lock, field + i * Long.BYTES))
        .toList();
  }

  // ---- users -----------------------------------------------------------------------------------

  List<LockUser> users() {
    return members().stream()
        .filter(member -> member.waits() || !member.held().isEmpty())
        .map(this::user)
        .toList();
  }

  List<List<LockUser>> deadlocks() {
    WaitGraph graph = detector.graph();
    List<List<LockUser>> deadlocks = new ArrayList<>();
    Set<Integer> shown = new HashSet<>();
    for (Member member : graph.members()) {
      List<Member> ring =
          shown.contains(member.context()) ? List.of() : graph.ringOf(member.context());
      if (!ring.isEmpty() && graph.isUnchanged(ring)) {
        ring.forEach(one -> shown.add(one.context()));
        deadlocks.add(ring.stream().map(this::user).toList());
      }
    }
    return deadlocks;
  }

  private LockUser user(Member member) {
    long at = segment.context(member.context());
    int slot = (int) (member.participant() & 0xFFFF);
    Optional<ParticipantInfo> process = membership.participant(slot);
    long waited = membership.platform().monotonicNanos() - words.get(at + ContextLayout.SINCE);
    return new LockUser(
        member.context(),
        slot,
        process.map(ParticipantInfo::pid).orElse(0L),
        process.map(ParticipantInfo::label).orElse("gone"),
        Labels.read(words, at),
        member.held().stream().map(this::describe).toList(),
        member.waits() ? Optional.of(describe(member.waitWord())) : Optional.empty(),
        member.waits() ? Duration.ofNanos(waited) : Duration.ZERO,
        Priority.ofLevel(words.get(at + ContextLayout.PRIORITY)));
  }

  private String describe(long word) {
    return names.apply(WaitWord.key(word)) + " (" + mode(WaitWord.mode(word)) + ")";
  }

  private static String mode(long mode) {
    return switch ((int) mode) {
      case (int) WaitWord.EXCLUSIVE -> "exclusive";
      case (int) WaitWord.UPDATE -> "update";
      case (int) WaitWord.READ -> "read";
      case (int) WaitWord.PERMIT -> "permit";
      case (int) WaitWord.CONDITION -> "signal";
      case (int) WaitWord.DRAIN -> "readers to leave";
      default -> String.format(Locale.ROOT, "mode %d", mode);
    };
  }
}
