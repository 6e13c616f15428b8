package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import dev.holdfast.region.HoldfastException;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.Space;
import dev.holdfast.sync.WaitGraph.Member;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What people are shown of locks in regions: who owns and waits is in the contexts; what stands
 * there, in the region's bytes, which are looked at if this process may read them.
 */
final class PlacedReport {
  private final Space space;
  private final Locks.Core core;
  private final LongFunction<String> names;
  private final List<Member> members;

  PlacedReport(Space space, Locks.Core core, LongFunction<String> names) {
    this.space = space;
    this.core = core;
    this.names = names;
    this.members = core.report.members();
  }

  /** Those that somebody owns or waits for, by region and offset. */
  List<PlacedLockInfo> locks() {
    Map<Integer, RegionInfo> regions =
        space.regions(_ -> {}).stream()
            .collect(Collectors.toMap(region -> region.id().slot(), Function.identity()));
    Map<Integer, List<Long>> keys = new TreeMap<>();
    members.stream()
        .flatMapToLong(PlacedReport::wordsOf)
        .filter(WaitWord::isPlaced)
        .map(WaitWord::key)
        .distinct()
        .sorted()
        .forEach(
            key -> keys.computeIfAbsent(WaitWord.regionSlot(key), _ -> new ArrayList<>()).add(key));
    List<PlacedLockInfo> locks = new ArrayList<>();
    keys.forEach((slot, some) -> addThoseOf(regions.get(slot), some, locks));
    return locks;
  }

  private static LongStream wordsOf(Member member) {
    LongStream held = member.held().stream().mapToLong(Long::longValue);
    return member.waits() ? LongStream.concat(held, LongStream.of(member.waitWord())) : held;
  }

  private void addThoseOf(
      @Nullable RegionInfo region, List<Long> keys, List<PlacedLockInfo> locks) {
    try (@Nullable Region open = openIfReadable(region)) {
      for (long key : keys) {
        locks.add(lock(key, region, open));
      }
    }
  }

  private @Nullable Region openIfReadable(@Nullable RegionInfo region) {
    try {
      return region == null ? null : space.region(region.id());
    } catch (HoldfastException e) {
      return null; // not for us to read, or gone meanwhile: then that is what is not known
    }
  }

  private PlacedLockInfo lock(long key, @Nullable RegionInfo region, @Nullable Region open) {
    long offset = WaitWord.offset(key);
    @Nullable Words words = open == null ? null : wordsAt(offset, open);
    return new PlacedLockInfo(
        names.apply(key),
        Optional.ofNullable(region).map(RegionInfo::id),
        offset,
        words == null
            ? Optional.empty()
            : PlacedLayout.kindOf(words.get(offset + PlacedLayout.MAGIC)),
        contexts(member -> member.held().stream().anyMatch(held -> WaitWord.key(held) == key)),
        contexts(member -> member.waits() && member.key() == key),
        words == null ? Optional.empty() : heldFor(words, offset));
  }

  private @Nullable Words wordsAt(long offset, Region open) {
    boolean isInside = offset <= open.bytes() - PlacedLayout.BYTES;
    return isInside ? core.membership.platform().words(open.segment()) : null;
  }

  private List<Integer> contexts(Predicate<Member> which) {
    return members.stream().filter(which).map(Member::context).toList();
  }

  private Optional<Duration> heldFor(Words words, long offset) {
    return LockReport.heldFor(words, offset, core.waits.now());
  }
}
