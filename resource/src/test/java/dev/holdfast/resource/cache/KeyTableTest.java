package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in a cache is found: while its table grows, and when hash codes are no help. */
class KeyTableTest {
  private static final int KEYS = 200_000;

  /** A key whose hash code is one of a few. */
  private record Alike(int number) {
    @Override
    public int hashCode() {
      return number & 3;
    }
  }

  @Test
  void get_whileTheTableGrows_findsWhatWasPut() {
    try (Cache<Integer, Integer> cache =
            Cache.<Integer, Integer>builder().maximumEntries(KEYS * 4L).build();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      AtomicInteger put = new AtomicInteger();
      List<CompletableFuture<Integer>> missed =
          IntStream.range(0, 2)
              .mapToObj(seed -> CompletableFuture.supplyAsync(() -> misses(cache, put), threads))
              .toList();

      for (int key = 0; key < KEYS; key++) {
        cache.put(key, key);
        put.set(key + 1);
      }

      assertThat(missed).allSatisfy(each -> assertThat(each.join()).isZero());
    }
  }

  /** How often what was put last was not there. */
  private static int misses(Cache<Integer, Integer> cache, AtomicInteger put) {
    int missed = 0;
    for (int known = put.get(); known < KEYS; known = put.get()) {
      for (int key = Math.max(0, known - 100); key < known; key++) {
        missed += cache.getIfPresent(key) == null ? 1 : 0;
      }
    }
    return missed;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void anything_keysOfEqualHashCodes_asAMap(int shards) {
    Random random = new Random(shards);
    Map<Alike, Integer> expected = new HashMap<>();
    try (Cache<Alike, Integer> cache =
        Cache.<Alike, Integer>builder().maximumEntries(100_000).shards(shards).build()) {
      for (int step = 0; step < 20_000; step++) {
        Alike key = new Alike(random.nextInt(200));
        switch (random.nextInt(3)) {
          case 0 -> {
            cache.put(key, step);
            expected.put(key, step);
          }
          case 1 -> assertThat(cache.remove(key)).isEqualTo(expected.remove(key));
          default -> assertThat(cache.getIfPresent(key)).isEqualTo(expected.get(key));
        }
      }

      assertThat(cache.size()).isEqualTo(expected.size());
      Map<Alike, Integer> seen = new HashMap<>();
      cache.forEach((key, value) -> assertThat(seen.put(key, value)).isNull());
      assertThat(seen).isEqualTo(expected);
      Invariants.check(cache);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void anything_whileEntriesMove_asASet(int shards) {
    Random random = new Random(shards);
    KeyTable<Integer, Integer> table = new KeyTable<>(shards);
    Map<Integer, Entry<Integer, Integer>> expected = new HashMap<>();
    for (int step = 0; step < 50_000; step++) {
      int key = random.nextInt(2_000);
      switch (random.nextInt(4)) {
        case 0 -> {
          if (table.find(key, key) == null) {
            Entry<Integer, Integer> entry = entry(key, table);
            table.add(entry);
            expected.put(key, entry);
          }
        }
        case 1 -> {
          Entry<Integer, Integer> gone = expected.remove(key);
          if (gone != null) {
            table.remove(gone);
          }
        }
        case 2 -> assertThat(table.find(key, key)).isEqualTo(expected.get(key));
        default ->
            assertThat(table.lookAgain(key, key, new ReentrantLock())).isEqualTo(expected.get(key));
      }
      if (step % 5_000 == 0) { // sometimes before the last growth has ended
        table.grow(table.larger());
      }
      if (step % 7_000 == 0) {
        List<Entry<Integer, Integer>> all =
            IntStream.range(0, shards).boxed().flatMap(i -> table.allOf(i).stream()).toList();
        assertThat(all).containsExactlyInAnyOrderElementsOf(expected.values());
      }
    }
  }

  @Test
  void lookAgain_entriesThatHaveNotMoved_needsNoLock() throws Exception {
    KeyTable<Integer, Integer> table = new KeyTable<>(1);
    IntStream.range(0, 12).forEach(key -> table.add(entry(key, table)));
    ReentrantLock lock = new ReentrantLock();
    table.grow(table.larger());

    assertThat(table.look(11, 11)).isNull();
    Thread holder = Thread.ofPlatform().start(lock::lock); // and never lets go
    holder.join();
    for (int key = 0; key < 12; key++) {
      assertThat(table.lookAgain(key, key, lock)).isNotNull();
    }
  }

  /** A cache that is warmed and then only hit. */
  @Test
  void lookAgain_nothingIsAddedAnyMore_growthEndsAllTheSame() {
    KeyTable<Integer, Integer> table = new KeyTable<>(4);
    IntStream.range(0, 1_000).forEach(key -> table.add(entry(key, table)));
    table.grow(table.larger());

    IntStream.range(0, 1_000).forEach(key -> table.lookAgain(key, key, new ReentrantLock()));

    for (int key = 0; key < 1_000; key++) {
      assertThat(table.look(key, key)).as("key %d", key).isNotNull();
    }
  }

  private static Entry<Integer, Integer> entry(int key, KeyTable<Integer, Integer> table) {
    return new Entry<>(
        key, key, key, 1, new Shard<>(0, table, new FifoPolicy(), Long.MAX_VALUE, 0));
  }
}
