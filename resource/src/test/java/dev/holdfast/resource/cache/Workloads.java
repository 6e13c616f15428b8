package dev.holdfast.resource.cache;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Generated requests, the same for the same seed, and the policies to serve them. */
final class Workloads {
  private Workloads() {}

  static Map<String, EvictionPolicy.Factory> policies() {
    Map<String, EvictionPolicy.Factory> policies = new LinkedHashMap<>();
    policies.put("lru", EvictionPolicies.lru());
    policies.put("lfu", EvictionPolicies.lfu());
    policies.put("fifo", EvictionPolicies.fifo());
    policies.put("s3Fifo", EvictionPolicies.s3Fifo());
    policies.put("tinyLfu", EvictionPolicies.tinyLfu());
    policies.put("adaptive", EvictionPolicies.adaptive());
    return policies;
  }

  /** Keys of which the n-th is asked for in proportion to n to the power of -skew. */
  static int[] zipf(int keys, double skew, int requests, long seed) {
    double[] sums = new double[keys];
    double sum = 0;
    for (int i = 0; i < keys; i++) {
      sum += Math.pow(i + 1.0, -skew);
      sums[i] = sum;
    }
    Random random = new Random(seed);
    int[] trace = new int[requests];
    for (int i = 0; i < requests; i++) {
      int found = Arrays.binarySearch(sums, random.nextDouble() * sum);
      trace[i] = found < 0 ? -found - 1 : found;
    }
    return trace;
  }

  /** The same keys round and round. */
  static int[] loop(int keys, int requests) {
    int[] trace = new int[requests];
    Arrays.setAll(trace, i -> i % keys);
    return trace;
  }

  /** The same keys up and down. */
  static int[] zigzag(int keys, int requests) {
    int period = 2 * (keys - 1);
    int[] trace = new int[requests];
    Arrays.setAll(trace, i -> Math.min(i % period, period - i % period));
    return trace;
  }

  /** Of each three stretches the last asks for keys that never come again. */
  static int[] scans(int[] popular, int stretch) {
    int[] trace = popular.clone();
    for (int i = 0; i < trace.length; i++) {
      trace[i] = i / stretch % 3 == 2 ? 1_000_000 + i : popular[i];
    }
    return trace;
  }

  /** After each stretch other keys are popular. */
  static int[] shifting(int[] popular, int stretch) {
    int[] trace = popular.clone();
    Arrays.setAll(trace, i -> popular[i] + i / stretch * 7001);
    return trace;
  }

  /** How many of the requests hit, those of the warm-up apart, in a hundred. */
  static double hitPercent(EvictionPolicy.Factory policy, int capacity, int[] trace, int warmUp) {
    int hits = 0;
    try (Cache<Integer, Integer> cache =
        Cache.<Integer, Integer>builder().maximumEntries(capacity).policy(policy).build()) {
      for (int i = 0; i < trace.length; i++) {
        if (cache.getIfPresent(trace[i]) == null) {
          cache.put(trace[i], i);
        } else if (i >= warmUp) {
          hits++;
        }
      }
    }
    return 100.0 * hits / (trace.length - warmUp);
  }
}
