package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerWheelTest {
  private static final int TICK_BITS = 24;

  private final Shard<Integer, Integer> shard =
      new Shard<>(0, new KeyTable<>(1), EvictionPolicies.fifo().create(1), 1, 0);
  private final TimerWheel<Integer, Integer> wheel = new TimerWheel<>(0);
  private final TreeMap<Long, Set<Entry<Integer, Integer>>> oracle = new TreeMap<>();
  private final List<Entry<Integer, Integer>> entries = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void pollExpired_randomSteps_areThoseOfASortedMap(long seed) {
    Random random = new Random(seed);
    for (int key = 0; key < 200; key++) {
      entries.add(new Entry<>(key, key, key, 1, shard));
    }
    long now = 0;
    for (int step = 0; step < 20_000; step++) {
      Entry<Integer, Integer> entry = entries.get(random.nextInt(entries.size()));
      switch (random.nextInt(4)) {
        case 0 -> cancel(entry);
        case 1 -> {
          now += randomNanos(random);
          assertThat(polled(now)).as("seed=%d step=%d", seed, step).isEqualTo(expected(now));
        }
        default -> schedule(entry, now, 1 + randomNanos(random));
      }
      assertThat(wheel.size())
          .as("seed=%d step=%d", seed, step)
          .isEqualTo(oracle.values().stream().mapToInt(Set::size).sum());
    }
  }

  /** Of any size, from nanoseconds to some hundred days. */
  private static long randomNanos(Random random) {
    return random.nextLong() >>> (10 + random.nextInt(54));
  }

  private void schedule(Entry<Integer, Integer> entry, long now, long lifeNanos) {
    cancel(entry);
    entry.time(new Times(lifeNanos, Entry.NEVER, Entry.NEVER), now);
    wheel.schedule(entry);
    oracle.computeIfAbsent(entry.expiresAt(), end -> new HashSet<>()).add(entry);
  }

  private void cancel(Entry<Integer, Integer> entry) {
    wheel.cancel(entry);
    Set<Entry<Integer, Integer>> sameEnd = oracle.get(entry.expiresAt());
    if (sameEnd != null && sameEnd.remove(entry) && sameEnd.isEmpty()) {
      oracle.remove(entry.expiresAt());
    }
  }

  private Set<Entry<Integer, Integer>> polled(long now) {
    Set<Entry<Integer, Integer>> polled = new HashSet<>();
    for (Entry<Integer, Integer> ended = wheel.pollExpired(now);
        ended != null;
        ended = wheel.pollExpired(now)) {
      assertThat(polled.add(ended)).isTrue();
    }
    return polled;
  }

  /** What ended before the current tick. */
  private Set<Entry<Integer, Integer>> expected(long now) {
    Map<Long, Set<Entry<Integer, Integer>>> ended =
        oracle.headMap(now >> TICK_BITS << TICK_BITS, false);
    Set<Entry<Integer, Integer>> expected = new HashSet<>();
    ended.values().forEach(expected::addAll);
    ended.clear();
    return expected;
  }
}
