package dev.holdfast.resource.cache;

import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.cache2k.Cache2kBuilder;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a hit cost with a time to live and statistics on, when all keys are there and asked for
 * in random order?
 *
 * <p>Peers: Caffeine and cache2k with the same settings; a bare map, which neither forgets nor
 * counts. Between threads: {@link CacheThreadsBenchmark}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CacheBenchmark {
  private static final Duration LIFE = Duration.ofHours(1);

  /** How many keys there are, a power of two. */
  @Param({"1024", "32768"})
  public int keys;

  private Integer[] asked = {};
  private Cache<Integer, Integer> adaptive =
      Cache.<Integer, Integer>builder().maximumEntries(1).build();
  private Cache<Integer, Integer> s3Fifo = adaptive;
  private Cache<Integer, Integer> lru = adaptive;
  private com.github.benmanes.caffeine.cache.Cache<Integer, Integer> caffeine =
      Caffeine.newBuilder().build();
  private org.cache2k.Cache<Integer, Integer> cache2k =
      Cache2kBuilder.of(Integer.class, Integer.class).build();
  private final ConcurrentHashMap<Integer, Integer> map = new ConcurrentHashMap<>();

  /** The position of one thread in the keys. */
  @State(Scope.Thread)
  public static class Position {
    private int next;

    Integer key(Integer[] asked) {
      return asked[next++ & (asked.length - 1)];
    }
  }

  /** Fills all with the same. */
  @Setup
  public void fill() {
    adaptive = ours(EvictionPolicies.adaptive());
    s3Fifo = ours(EvictionPolicies.s3Fifo());
    lru = ours(EvictionPolicies.lru());
    caffeine =
        Caffeine.newBuilder().maximumSize(keys * 2L).expireAfterWrite(LIFE).recordStats().build();
    cache2k =
        Cache2kBuilder.of(Integer.class, Integer.class)
            .entryCapacity(keys * 2L)
            .expireAfterWrite(LIFE.toMillis(), TimeUnit.MILLISECONDS)
            .build();
    asked = new Integer[keys];
    Arrays.setAll(asked, CacheBenchmark::scattered);
    fill(adaptive::put);
    fill(s3Fifo::put);
    fill(lru::put);
    fill(caffeine::put);
    fill(cache2k::put);
    fill(map::put);
    System.gc(); // what filling left between the entries
    Collections.shuffle(Arrays.asList(asked), new Random(keys));
  }

  /** Another key for each number, without order: Murmur's finalizer. */
  private static int scattered(int number) {
    int bits = (number ^ (number >>> 16)) * 0x85EBCA6B;
    bits = (bits ^ (bits >>> 13)) * 0xC2B2AE35;
    return bits ^ (bits >>> 16);
  }

  /** Each by itself, as if it were the only one, in another order than it is asked in. */
  private void fill(BiConsumer<Integer, Integer> put) {
    for (int i = 0; i < keys; i++) {
      put.accept(asked[i], i);
    }
  }

  private Cache<Integer, Integer> ours(EvictionPolicy.Factory policy) {
    return Cache.<Integer, Integer>builder()
        .maximumEntries(keys * 2L)
        .policy(policy)
        .expireAfterWrite(LIFE)
        .build();
  }

  /** The usual policy. */
  @Benchmark
  public @Nullable Object hitAdaptive(Position at) {
    return adaptive.getIfPresent(at.key(asked));
  }

  /** What the usual policy starts as, without its choice. */
  @Benchmark
  public @Nullable Object hitS3Fifo(Position at) {
    return s3Fifo.getIfPresent(at.key(asked));
  }

  /** Hits that are buffered. */
  @Benchmark
  public @Nullable Object hitLru(Position at) {
    return lru.getIfPresent(at.key(asked));
  }

  /** Caffeine. */
  @Benchmark
  public @Nullable Object peerCaffeine(Position at) {
    return caffeine.getIfPresent(at.key(asked));
  }

  /** The library cache2k. */
  @Benchmark
  public @Nullable Object peerCache2k(Position at) {
    return cache2k.peek(at.key(asked));
  }

  /** A map. */
  @Benchmark
  public @Nullable Object bareMap(Position at) {
    return map.get(at.key(asked));
  }

  /** Leaves nothing. */
  @TearDown
  public void close() {
    adaptive.close();
    s3Fifo.close();
    lru.close();
    cache2k.close();
  }
}
