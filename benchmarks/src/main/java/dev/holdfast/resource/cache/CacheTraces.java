package dev.holdfast.resource.cache;

import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many requests of a recorded trace does each policy hit, at 1, 5, 10 and 25 % of its distinct
 * keys, Caffeine beside them?
 *
 * <p>Arguments: trace files, big-endian 4-byte integers, one a request ({@code xz -dk} unpacks the
 * published ones). With {@code --after-warm-up} the first 200 requests for each entry of the cache,
 * half the trace at most, are not counted.
 */
public final class CacheTraces {
  private CacheTraces() {}

  /** See the class comment. */
  public static void main(String[] arguments) throws IOException {
    boolean afterWarmUp = Arrays.asList(arguments).contains("--after-warm-up");
    Path[] files =
        Arrays.stream(arguments)
            .filter(each -> !each.startsWith("--"))
            .map(Path::of)
            .toArray(Path[]::new);
    if (files.length == 0) {
      System.out.println("no trace given, nothing measured: CacheTraces FILE … [--after-warm-up]");
    }
    for (Path file : files) {
      if (Files.isReadable(file)) {
        replay(file, afterWarmUp);
      } else {
        System.out.printf("%s: not there, left out%n", file);
      }
    }
  }

  private static void replay(Path file, boolean afterWarmUp) throws IOException {
    int[] trace = read(file);
    long distinct = Arrays.stream(trace).distinct().count();
    System.out.printf("%s: %,d requests, %,d keys%n", file.getFileName(), trace.length, distinct);
    System.out.printf("| %8s ", "entries");
    policies().keySet().forEach(name -> System.out.printf("| %8s ", name));
    System.out.printf("| %8s |%n", "Caffeine");
    for (double share : new double[] {0.01, 0.05, 0.10, 0.25}) {
      int capacity = (int) (distinct * share);
      int from = afterWarmUp ? (int) Math.min(200L * capacity, trace.length / 2) : 0;
      System.out.printf("| %,8d ", capacity);
      policies()
          .values()
          .forEach(policy -> System.out.printf("| %8.2f ", percent(policy, capacity, trace, from)));
      System.out.printf("| %8.2f |%n", caffeinePercent(capacity, trace, from));
    }
  }

  private static int[] read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length >= 4 && bytes[0] == (byte) 0xFD && bytes[1] == '7' && bytes[2] == 'z') {
      throw new IllegalArgumentException(
          "a compressed trace: file=%s; unpack it first: xz -dk %s".formatted(file, file));
    }
    int[] trace = new int[bytes.length / Integer.BYTES];
    ByteBuffer.wrap(bytes).asIntBuffer().get(trace);
    return trace;
  }

  private static Map<String, EvictionPolicy.Factory> policies() {
    Map<String, EvictionPolicy.Factory> policies = new LinkedHashMap<>();
    policies.put("LRU", EvictionPolicies.lru());
    policies.put("LFU", EvictionPolicies.lfu());
    policies.put("FIFO", EvictionPolicies.fifo());
    policies.put("S3-FIFO", EvictionPolicies.s3Fifo());
    policies.put("TinyLFU", EvictionPolicies.tinyLfu());
    policies.put("adaptive", EvictionPolicies.adaptive());
    return policies;
  }

  private static double percent(
      EvictionPolicy.Factory policy, int capacity, int[] trace, int from) {
    int hits = 0;
    try (Cache<Integer, Integer> cache =
        Cache.<Integer, Integer>builder().maximumEntries(capacity).policy(policy).build()) {
      for (int i = 0; i < trace.length; i++) {
        if (cache.getIfPresent(trace[i]) == null) {
          cache.put(trace[i], i);
        } else if (i >= from) {
          hits++;
        }
      }
    }
    return 100.0 * hits / (trace.length - from);
  }

  private static double caffeinePercent(int capacity, int[] trace, int from) {
    com.github.benmanes.caffeine.cache.Cache<Integer, Integer> cache =
        Caffeine.newBuilder().maximumSize(capacity).executor(Runnable::run).build();
    int hits = 0;
    for (int i = 0; i < trace.length; i++) {
      if (cache.getIfPresent(trace[i]) == null) {
        cache.put(trace[i], i);
      } else if (i >= from) {
        hits++;
      }
    }
    return 100.0 * hits / (trace.length - from);
  }
}
