package dev.holdfast.resource.cache;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a hit cost on one of many keys of the same hash code?
 *
 * <p>Peer: a map, which keeps a tree of such keys, as they can be compared.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CacheCollisionsBenchmark {
  /** A key whose hash code tells nothing. */
  private record Alike(int number) implements Comparable<Alike> {
    @Override
    public int hashCode() {
      return 7;
    }

    @Override
    public int compareTo(Alike other) {
      return Integer.compare(number, other.number);
    }
  }

  /** Keys of one hash code. */
  @State(Scope.Thread)
  public static class Collided {
    /** How many. */
    @Param({"10", "1000"})
    public int keys;

    private final Cache<Alike, Integer> cache =
        Cache.<Alike, Integer>builder().maximumEntries(4096).build();
    private final ConcurrentHashMap<Alike, Integer> map = new ConcurrentHashMap<>();
    private Alike[] asked = {};
    private int next;

    /** In both. */
    @Setup
    public void fill() {
      asked = new Alike[keys];
      for (int i = 0; i < keys; i++) {
        asked[i] = new Alike(i);
        cache.put(asked[i], i);
        map.put(asked[i], i);
      }
    }

    private Alike key() {
      next = (next + 7) % keys;
      return asked[next];
    }
  }

  /** A hit among keys of one hash code. */
  @Benchmark
  public @Nullable Object hitAlike(Collided collided) {
    return collided.cache.getIfPresent(collided.key());
  }

  /** The same of a map. */
  @Benchmark
  public @Nullable Object bareAlike(Collided collided) {
    return collided.map.get(collided.key());
  }
}
