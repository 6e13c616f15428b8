package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EvictionTest {
  private final List<String> removed = new ArrayList<>();

  private CacheBuilder<String, Integer> byWeight(long maximum) {
    return Cache.<String, Integer>builder()
        .maximumWeight(maximum, (key, value) -> value)
        .policy(EvictionPolicies.lru())
        .removalListener((key, value, cause) -> removed.add(key + "=" + value + " " + cause));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 16})
  void maximumEntries_manyMorePut_boundIsOfTheWholeCache(int shards) {
    try (Cache<Integer, Integer> cache =
        Cache.<Integer, Integer>builder().maximumEntries(1000).shards(shards).build()) {
      for (int key = 0; key < 20_000; key++) {
        cache.put(key, key);
        assertThat(cache.size()).isLessThanOrEqualTo(1000);
      }
      assertThat(cache.size()).isGreaterThan(900);
      assertThat(cache.stats().evictions()).isEqualTo(20_000 - cache.size());
    }
  }

  @Test
  void put_heavierThanTheCache_isNotCachedAndTheOldValueIsGone() {
    try (Cache<String, Integer> cache = byWeight(10).build()) {
      cache.put("a", 3);

      assertThat(cache.put("a", 11)).isFalse();
      assertThat(cache.getIfPresent("a")).isNull();
      assertThat(removed).containsExactly("a=3 REPLACED");
      assertThat(cache.stats().rejections()).isEqualTo(1);
    }
  }

  @Test
  void put_weightOfAnEntryGrows_othersMakeRoom() {
    try (Cache<String, Integer> cache = byWeight(10).build()) {
      cache.put("a", 3);
      cache.put("b", 3);
      cache.put("c", 3);
      cache.put("b", 6);

      assertThat(removed).containsExactly("b=3 REPLACED", "a=3 EVICTED");
      assertThat(cache.weight()).isEqualTo(9);
      assertThat(cache.stats().evictedWeight()).isEqualTo(3);
    }
  }

  @Test
  void put_weightless_isNeverEvictedUntilItWeighs() {
    try (Cache<String, Integer> cache = byWeight(10).build()) {
      cache.put("free", 0);
      for (int i = 1; i < 100; i++) {
        cache.put("k" + i, 5);
      }
      assertThat(cache.getIfPresent("free")).isZero();
      cache.put("free", 4);
      cache.put("x", 5);
      cache.put("y", 5);

      assertThat(cache.getIfPresent("free")).isNull();
    }
  }

  @Test
  void maximumWeight_beyondInt_isExact() {
    long half = 1L << 40;
    try (Cache<String, Long> cache =
        Cache.<String, Long>builder()
            .maximumWeight(half * 2, (key, value) -> value)
            .policy(EvictionPolicies.fifo())
            .build()) {
      cache.put("a", half);
      cache.put("b", half);
      assertThat(cache.weight()).isEqualTo(half * 2);
      cache.put("c", 1L);

      assertThat(cache.getIfPresent("a")).isNull();
      assertThat(cache.weight()).isEqualTo(half + 1);
    }
  }

  @Test
  void put_negativeWeight_changesNothing() {
    try (Cache<String, Integer> cache = byWeight(10).build()) {
      cache.put("a", 3);

      assertThatThrownBy(() -> cache.put("a", -1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("weight=-1");
      assertThat(cache.getIfPresent("a")).isEqualTo(3);
    }
  }

  @Test
  void listener_throws_isCountedAndTheOthersAreTold() {
    List<String> told = new ArrayList<>();
    try (Cache<String, Integer> cache =
        Cache.<String, Integer>builder()
            .maximumEntries(10)
            .removalListener((key, value, cause) -> {
              told.add(key);
              throw new IllegalStateException("listener of " + key);
            })
            .build()) {
      cache.put("a", 1);
      cache.put("b", 2);
      cache.clear();

      assertThat(told).containsExactlyInAnyOrder("a", "b");
      assertThat(cache.stats().listenerFailures()).isEqualTo(2);
    }
  }

  @Test
  void listener_usesTheCache_isNotUnderItsLock() throws Exception {
    CountDownLatch served = new CountDownLatch(1);
    Cache<String, Integer> cache =
        Cache.<String, Integer>builder()
            .maximumEntries(10)
            .removalListener((key, value, cause) -> served.countDown())
            .build();
    Cache<String, Integer> outer =
        Cache.<String, Integer>builder()
            .maximumEntries(10)
            .removalListener((key, value, cause) -> removeElsewhere(cache))
            .build();
    cache.put("a", 1);
    outer.put("a", 1);
    outer.remove("a");

    assertThat(served.getCount()).isZero();
    outer.close();
    cache.close();
  }

  private static void removeElsewhere(Cache<String, Integer> cache) {
    Thread other = Thread.ofVirtual().start(() -> cache.remove("a"));
    try {
      other.join();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  /** The entry that came last goes first, as in the interface's comment. */
  private static final class LastInFirstOut implements EvictionPolicy {
    private final PolicyQueue all = new PolicyQueue();

    @Override
    public Hits hits() {
      return Hits.LOCK_FREE;
    }

    @Override
    public void onInsert(PolicyNode node) {
      all.addFirst(node);
    }

    @Override
    public void onHit(PolicyNode node) {
      node.mark(node.mark() + 1);
    }

    @Override
    public void onRemove(PolicyNode node) {
      all.remove(node);
    }

    @Override
    public @Nullable PolicyNode nextVictim() {
      PolicyNode newest = all.peekFirst();
      PolicyNode before = newest == null ? null : all.after(newest);
      if (before != null) {
        all.remove(before);
      }
      return before;
    }
  }

  @Test
  void policy_custom_choosesTheVictims() {
    try (Cache<String, Integer> cache =
        Cache.<String, Integer>builder()
            .maximumEntries(2)
            .policy(maximum -> new LastInFirstOut())
            .build()) {
      cache.put("a", 1);
      cache.put("b", 2);
      cache.put("c", 3);
      cache.put("b", 2);
      cache.getIfPresent("a");

      assertThat(cache.getIfPresent("a")).isEqualTo(1);
      assertThat(cache.getIfPresent("b")).isEqualTo(2);
      assertThat(cache.getIfPresent("c")).isNull();
      Invariants.check(cache);
    }
  }

  @Test
  void policy_namesNoVictim_isToldSo() {
    EvictionPolicy.Factory broken =
        maximum ->
            new EvictionPolicy() {
              @Override
              public Hits hits() {
                return Hits.BUFFERED;
              }

              @Override
              public void onInsert(PolicyNode node) {}

              @Override
              public void onHit(PolicyNode node) {}

              @Override
              public void onRemove(PolicyNode node) {}

              @Override
              public @Nullable PolicyNode nextVictim() {
                return null;
              }
            };
    try (Cache<String, Integer> cache =
        Cache.<String, Integer>builder().maximumEntries(1).policy(broken).build()) {
      cache.put("a", 1);
      assertThatThrownBy(() -> cache.put("b", 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("victim=null");
    }
  }

  @Test
  void policyQueue_entryOfAnother_isRefused() {
    PolicyQueue first = new PolicyQueue();
    PolicyQueue second = new PolicyQueue();
    ShadowNode node = new ShadowNode(7, 1);
    first.addLast(node);

    assertThat(node.queue()).isSameAs(first);
    assertThat(node.keyHash()).isEqualTo(7);
    assertThatThrownBy(() -> second.remove(node)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> second.addFirst(node)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(second::first).isInstanceOf(IllegalStateException.class);
    first.remove(node);
    assertThatThrownBy(() -> PolicyQueue.of(node)).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @MethodSource("dev.holdfast.resource.cache.CacheTest#policies")
  void maximumWeight_largest_isKept(Map.Entry<String, EvictionPolicy.Factory> policy) {
    long largest = (1L << 62) - 1;
    try (Cache<String, Long> cache =
        Cache.<String, Long>builder()
            .maximumWeight(largest, (key, value) -> value)
            .policy(policy.getValue())
            .build()) {
      for (int i = 0; i < 10; i++) {
        assertThat(cache.put("k" + i, largest)).isTrue();
      }

      assertThat(cache.size()).isEqualTo(1);
      assertThat(cache.weight()).isEqualTo(largest);
      assertThat(cache.stats().evictions()).isEqualTo(9);
      Invariants.check(cache);
    }
    assertThatThrownBy(() -> Cache.builder().maximumEntries(largest + 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
