package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LruPolicyTest {
  private static final int CAPACITY = 100;

  @Test
  void lru_randomUse_isTheOrderOfALinkedHashMap() {
    long seed = Long.getLong("holdfast.seed", 42);
    Random random = new Random(seed);
    Map<Integer, Integer> oracle = new LinkedHashMap<>(16, 0.75f, true);
    try (Cache<Integer, Integer> cache =
        Cache.<Integer, Integer>builder()
            .maximumEntries(CAPACITY)
            .policy(EvictionPolicies.lru())
            .build()) {
      for (int step = 0; step < 50_000; step++) {
        int key = (int) Math.abs(random.nextGaussian() * CAPACITY);
        Integer expected = oracle.get(key);
        assertThat(cache.getIfPresent(key)).as("seed=%d step=%d", seed, step).isEqualTo(expected);
        if (random.nextInt(3) == 0) {
          cache.put(key, step);
          oracle.put(key, step);
          if (oracle.size() > CAPACITY) {
            oracle.remove(oracle.keySet().iterator().next());
          }
        }
      }
    }
  }
}
