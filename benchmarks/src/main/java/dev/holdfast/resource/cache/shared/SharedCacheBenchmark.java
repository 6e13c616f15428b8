package dev.holdfast.resource.cache.shared;

import dev.holdfast.benchmarks.BenchmarkSpace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import net.openhft.chronicle.map.ChronicleMap;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a hit, a miss and a put cost in a cache that processes share, time to live and
 * statistics on, the cache open in another participant, too?
 *
 * <p>Peers: a Chronicle Map in a file in memory, which evicts nothing, forgets nothing by time, and
 * whose locks a killed process keeps; and a ConcurrentHashMap of byte arrays, copied out, which
 * shares with nobody: what remains if all else is free.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class SharedCacheBenchmark {
  /** How many keys are asked for, in turns. */
  @Param({"1024", "32768"})
  public int keys;

  private static final int VALUE_BYTES = 64;
  private static final SharedCacheSpec<String, byte[]> SPEC =
      SharedCacheSpec.named("cache", CacheCodec.utf8(), CacheCodec.bytes())
          .bytes(64 << 20)
          .entryBytes(128)
          .timeToLive(Duration.ofHours(1));

  private final BenchmarkSpace scratch = new BenchmarkSpace();
  private final BenchmarkSpace other = new BenchmarkSpace();
  private final SharedCache<String, byte[]> cache = SharedCache.openOrCreate(scratch.space(), SPEC);
  private final SharedCache<String, byte[]> inOther = SharedCache.openOrCreate(other.space(), SPEC);
  private final Path chronicleFile =
      Path.of("/dev/shm", "holdfast-chronicle-peer-" + ProcessHandle.current().pid());
  private final ChronicleMap<String, byte[]> chronicle = chronicle(chronicleFile);
  private final Map<String, byte[]> map = new ConcurrentHashMap<>();
  private String[] names = new String[0];
  private int turn;

  /** Puts every key from the other participant. */
  @org.openjdk.jmh.annotations.Setup
  public void fill() {
    names = new String[keys];
    for (int i = 0; i < keys; i++) {
      names[i] = "customer-" + i;
      byte[] value =
          names[i].repeat(VALUE_BYTES).substring(0, VALUE_BYTES).getBytes(StandardCharsets.UTF_8);
      inOther.put(names[i], value);
      map.put(names[i], value);
      chronicle.put(names[i], value);
    }
  }

  private String next() {
    turn = turn + 1 < names.length ? turn + 1 : 0;
    return names[turn];
  }

  /** A value that the other participant put. */
  @Benchmark
  public byte @Nullable [] hit() {
    return cache.getIfPresent(next());
  }

  /** A key that nobody put. */
  @Benchmark
  public byte @Nullable [] miss() {
    return cache.getIfPresent("nobody");
  }

  /** A value in the place of another one of its key. */
  @Benchmark
  public boolean replace() {
    return cache.put(next(), new byte[VALUE_BYTES]);
  }

  private static ChronicleMap<String, byte[]> chronicle(Path file) {
    try {
      return ChronicleMap.of(String.class, byte[].class)
          .averageKeySize(15)
          .averageValueSize(VALUE_BYTES)
          .entries(100_000)
          .createPersistedTo(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A value of a Chronicle Map. */
  @Benchmark
  public byte @Nullable [] bareChronicleHit() {
    return chronicle.get(next());
  }

  /** A value in the place of another one in a Chronicle Map. */
  @Benchmark
  public void bareChronicleReplace() {
    chronicle.put(next(), new byte[VALUE_BYTES]);
  }

  /** The value of a map in the heap, copied. */
  @Benchmark
  public byte @Nullable [] bareMapHit() {
    byte[] value = map.get(next());
    return value == null ? null : value.clone();
  }

  /** Leaves nothing. */
  @TearDown
  public void close() throws IOException {
    chronicle.close();
    Files.delete(chronicleFile);
    inOther.close();
    cache.close();
    other.close();
    scratch.close();
  }
}
