package dev.holdfast.resource.cache;

import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.cache2k.Cache2kBuilder;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long may a put take while a cache grows from nothing to a million entries?
 *
 * <p>Peers: Caffeine, cache2k and a map. Nothing is collected meanwhile, so that the longest put is
 * the table's.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 2,
    jvmArgs = {
      "-XX:+UnlockExperimentalVMOptions",
      "-XX:+UseEpsilonGC",
      "-XX:+AlwaysPreTouch",
      "-Xms8g",
      "-Xmx8g"
    })
@Warmup(iterations = 5)
@Measurement(iterations = 10)
public class CacheGrowthBenchmark {
  private static final int ENTRIES = 1 << 20;

  /** The longest of a million puts, told beside their mean. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Longest {
    /** Nanoseconds. */
    public long longestPut;

    private void fill(BiConsumer<Integer, Integer> put) {
      long last = System.nanoTime();
      for (int i = 0; i < ENTRIES; i++) {
        put.accept(i * 0x9E3779B9, i);
        long now = System.nanoTime();
        longestPut = Math.max(longestPut, now - last);
        last = now;
      }
    }
  }

  /** A cache that grows. */
  @Benchmark
  public Object growing(Longest longest) {
    Cache<Integer, Integer> cache =
        Cache.<Integer, Integer>builder().maximumEntries(ENTRIES * 2L).build();
    longest.fill(cache::put);
    return cache;
  }

  /** The same of Caffeine. */
  @Benchmark
  public Object peerCaffeineGrowing(Longest longest) {
    com.github.benmanes.caffeine.cache.Cache<Integer, Integer> cache =
        Caffeine.newBuilder().maximumSize(ENTRIES * 2L).build();
    longest.fill(cache::put);
    return cache;
  }

  /** The same of cache2k. */
  @Benchmark
  public Object peerCache2kGrowing(Longest longest) {
    org.cache2k.Cache<Integer, Integer> cache =
        Cache2kBuilder.of(Integer.class, Integer.class).entryCapacity(ENTRIES * 2L).build();
    longest.fill(cache::put);
    cache.close();
    return cache;
  }

  /** The same of a map. */
  @Benchmark
  public Object bareGrowing(Longest longest) {
    ConcurrentHashMap<Integer, Integer> map = new ConcurrentHashMap<>();
    longest.fill(map::put);
    return map;
  }
}
