package dev.holdfast.stress.resource;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.resource.cache.Cache;
import dev.holdfast.resource.cache.EvictionPolicies;
import dev.holdfast.resource.cache.EvictionPolicy;
import java.util.HashMap;
import java.util.Map;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A cache that never is full must be a map, in every interleaving that Lincheck tries:
 * single-flight loads, removals that race with them, replacements in place. A variant that loads
 * and then puts must be found out, or finding nothing would prove nothing.
 */
class CacheLincheckTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");

  /** What a cache offers, one key or two. */
  @Param(name = "key", gen = IntGen.class, conf = "1:2")
  @Param(name = "value", gen = IntGen.class, conf = "1:3")
  public abstract static class Operations {
    private final Cache<Integer, Integer> cache;

    Operations(EvictionPolicy.Factory policy) {
      cache = Cache.<Integer, Integer>builder().maximumEntries(100).policy(policy).build();
    }

    final Cache<Integer, Integer> cache() {
      return cache;
    }

    /** The value, if there is one. */
    @Operation
    public @Nullable Integer get(@Param(name = "key") int key) {
      return cache.getIfPresent(key);
    }

    /** The value, loaded if there is none. */
    @Operation
    public Integer load(@Param(name = "key") int key, @Param(name = "value") int value) {
      return cache.get(key, wanted -> value);
    }

    /** Sets the value. */
    @Operation
    public void put(@Param(name = "key") int key, @Param(name = "value") int value) {
      cache.put(key, value);
    }

    /** Sets the value if there is none. */
    @Operation
    public @Nullable Integer putIfAbsent(
        @Param(name = "key") int key, @Param(name = "value") int value) {
      return cache.putIfAbsent(key, value);
    }

    /**
     * Forgets the key. Not asked is what it had: a removal ends a load that it comes between, whose
     * value then was never in the cache, so that it has nothing to show for the load.
     */
    @Operation
    public void remove(@Param(name = "key") int key) {
      cache.remove(key);
    }

    /** Forgets the key if it has the value. */
    @Operation
    public boolean removeValue(@Param(name = "key") int key, @Param(name = "value") int value) {
      return cache.remove(key, value);
    }
  }

  /** With hits that mark. */
  public static final class MarkingCache extends Operations {
    /** An empty cache. */
    public MarkingCache() {
      super(EvictionPolicies.s3Fifo());
    }
  }

  /** With hits that are buffered. */
  public static final class BufferingCache extends Operations {
    /** An empty cache. */
    public BufferingCache() {
      super(EvictionPolicies.lru());
    }
  }

  /** Wrong: another thread's value may come between the look and the put. */
  public static final class LookThenPut extends Operations {
    /** An empty cache. */
    public LookThenPut() {
      super(EvictionPolicies.s3Fifo());
    }

    @Override
    @Operation
    public Integer load(@Param(name = "key") int key, @Param(name = "value") int value) {
      Integer present = cache().getIfPresent(key);
      if (present != null) {
        return present;
      }
      cache().put(key, value);
      return value;
    }
  }

  /** A map. */
  public static final class AsMap {
    private final Map<Integer, Integer> map = new HashMap<>();

    /** The value, if there is one. */
    public @Nullable Integer get(int key) {
      return map.get(key);
    }

    /** The value, made if there is none. */
    public Integer load(int key, int value) {
      return map.computeIfAbsent(key, wanted -> value);
    }

    /** Sets the value. */
    public void put(int key, int value) {
      map.put(key, value);
    }

    /** Sets the value if there is none. */
    public @Nullable Integer putIfAbsent(int key, int value) {
      return map.putIfAbsent(key, value);
    }

    /** Forgets the key. */
    public void remove(int key) {
      map.remove(key);
    }

    /** Forgets the key if it has the value. */
    public boolean removeValue(int key, int value) {
      return map.remove(key, value);
    }
  }

  @Test
  void markingCache_everyInterleavingTried_isAMap() {
    bounded(modelChecking(), 6, 100).check(MarkingCache.class);
  }

  @Test
  void bufferingCache_everyInterleavingTried_isAMap() {
    bounded(modelChecking(), 4, 100).check(BufferingCache.class);
  }

  @Test
  void markingCache_realThreads_isAMap() {
    bounded(new StressOptions(), 6, 300).check(MarkingCache.class);
  }

  @Test
  void load_lookThenPut_isFound() {
    ModelCheckingOptions options = bounded(modelChecking(), 60, 200).minimizeFailedScenario(false);

    assertThatThrownBy(() -> options.check(LookThenPut.class))
        .isInstanceOf(LincheckAssertionError.class);
  }

  /** Who is about to load looks for room on its stack, by recursion. */
  private static ModelCheckingOptions modelChecking() {
    return new ModelCheckingOptions().recursionBound(1_000);
  }

  private static <T extends Options<T, ?>> T bounded(T options, int scenarios, int invocations) {
    return options
        .sequentialSpecification(AsMap.class)
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(LONG ? 3 : 2)
        .actorsAfter(1)
        .iterations(scenarios * (LONG ? 5 : 1))
        .invocationsPerIteration(invocations * (LONG ? 20 : 1));
  }
}
