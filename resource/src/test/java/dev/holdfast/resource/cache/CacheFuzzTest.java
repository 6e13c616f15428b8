package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random operations on a cache and on an {@link Oracle}; after each step both must agree, and the
 * cache's parts with each other.
 */
class CacheFuzzTest {
  private static final int STEPS = Boolean.getBoolean("holdfast.long") ? 300_000 : 2_000;
  private static final int KEYS = 60;
  private static final long WEIGHT_MAX = 80;
  private static final Duration LIFE = Duration.ofSeconds(10);
  private static final Duration IDLE = Duration.ofSeconds(4);

  record Shape(String name, EvictionPolicy.Factory policy, int shards, boolean weighted) {
    @Override
    public String toString() {
      return name + (weighted ? " by weight" : " by entries") + " in shards: " + shards;
    }
  }

  static Stream<Shape> shapes() {
    return Workloads.policies().entrySet().stream()
        .flatMap(policy ->
            Stream.of(
                new Shape(policy.getKey(), policy.getValue(), 1, false),
                new Shape(policy.getKey(), policy.getValue(), 4, true)));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void cache_randomOperations_isItsOracle(Shape shape) {
    new Run(shape, Long.getLong("holdfast.seed", new Random().nextLong())).run();
  }

  /** One run of random steps. */
  private static final class Run {
    private final Shape shape;
    private final Random random;
    private final String label;
    private final FakeClock clock = new FakeClock();
    private final Oracle oracle = new Oracle(clock::sinceStart);
    private final Cache<Integer, Integer> cache;
    private int nextValue;

    Run(Shape shape, long seed) {
      this.shape = shape;
      random = new Random(seed);
      label = shape + ", -Dholdfast.seed=" + seed;
      CacheBuilder<Integer, Integer> builder =
          Cache.<Integer, Integer>builder()
              .policy(shape.policy)
              .shards(shape.shards)
              .clock(clock)
              .sweepInterval(Duration.ZERO)
              .expireAfterWrite(LIFE)
              .expireAfterAccess(IDLE)
              .removalListener(oracle);
      cache =
          (shape.weighted
                  ? builder.maximumWeight(WEIGHT_MAX, (key, value) -> value % 23)
                  : builder.maximumEntries(20))
              .build();
    }

    void run() {
      for (int step = 0; step < STEPS; step++) {
        try {
          step();
          check();
        } catch (Throwable failure) {
          throw new AssertionError(label + ", step=" + step, failure);
        }
      }
      cache.close();
      oracle.settle(true);
      assertThat(oracle.size()).as(label).isZero();
    }

    private void check() {
      Map<Integer, Integer> present = new HashMap<>();
      cache.forEach(present::put);
      assertThat(present).isEqualTo(oracle.present());
      assertThat(cache.size()).isEqualTo(oracle.size());
      Invariants.check(cache);
    }

    private int key() {
      return (int) Math.min(KEYS - 1, Math.abs(random.nextGaussian()) * KEYS / 3);
    }

    private void step() {
      int key = key();
      @Nullable Integer present = oracle.peek(key);
      switch (random.nextInt(14)) {
        case 0, 1, 2 -> get(key, present);
        case 3, 4 -> put(key);
        case 5 -> putWithLife(key, Duration.ofMillis(1 + random.nextInt(20_000)));
        case 6 -> putIfAbsent(key, present);
        case 7 -> remove(key, present);
        case 8 -> removeValue(key, present);
        case 9, 10 -> load(key, present);
        case 11 -> clock.advance(Duration.ofMillis(random.nextInt(2_000)));
        case 12 -> bulk(key);
        default -> rarely();
      }
    }

    private void get(int key, @Nullable Integer present) {
      assertThat(cache.getIfPresent(key)).isEqualTo(present);
      oracle.use(key);
      oracle.settle(false);
    }

    /** Expects the next value under the key; whether it can be kept. */
    private boolean expect(int key, Duration life, Duration idle) {
      oracle.expect(key, nextValue, life.toNanos(), idle.toNanos());
      boolean fits = !shape.weighted || nextValue % 23 <= WEIGHT_MAX / shape.shards;
      if (!fits) {
        oracle.expectRejection();
      }
      return fits;
    }

    private void put(int key) {
      boolean fits = expect(key, LIFE, IDLE);
      assertThat(cache.put(key, nextValue++)).isEqualTo(fits);
      oracle.settle(false);
    }

    private void putWithLife(int key, Duration life) {
      boolean fits = expect(key, life, Duration.ZERO);
      assertThat(cache.put(key, nextValue++, life)).isEqualTo(fits);
      oracle.settle(false);
    }

    private void putIfAbsent(int key, @Nullable Integer present) {
      if (present == null) {
        expect(key, LIFE, IDLE);
      }
      assertThat(cache.putIfAbsent(key, nextValue++)).isEqualTo(present);
      oracle.settle(false);
    }

    private void remove(int key, @Nullable Integer present) {
      assertThat(cache.remove(key)).isEqualTo(present);
      oracle.settle(true);
    }

    private void removeValue(int key, @Nullable Integer present) {
      int value = present != null && random.nextBoolean() ? present : -1;
      assertThat(cache.remove(key, value)).isEqualTo(Objects.equals(present, value));
      oracle.settle(true);
    }

    private void load(int key, @Nullable Integer present) {
      if (present == null) {
        expect(key, LIFE, IDLE);
      }
      int loaded = nextValue++;
      assertThat(cache.get(key, wanted -> loaded)).isEqualTo(present == null ? loaded : present);
      if (present != null) {
        oracle.use(key);
      }
      oracle.settle(false);
    }

    private void bulk(int key) {
      List<Integer> keys = List.of(key, key + 1, key + KEYS);
      Map<Integer, Integer> expected = oracle.present();
      expected.keySet().retainAll(keys);
      assertThat(cache.getAllPresent(keys)).isEqualTo(expected);
      keys.forEach(oracle::use);
      oracle.settle(false);
    }

    private void rarely() {
      int which = random.nextInt(40);
      if (which == 0) {
        cache.clear();
      } else if (which == 1) {
        clock.advance(Duration.ofMinutes(random.nextInt(10_000)));
      } else {
        cache.sweep();
      }
      oracle.settle(which == 0);
    }
  }
}
