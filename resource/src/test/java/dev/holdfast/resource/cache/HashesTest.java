package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Keys whose hash codes differ in a few bits only fill all shards and buckets all the same. */
class HashesTest {
  private static final int KEYS = 4_000;
  private static final int SHARDS = 8;

  static Stream<Arguments> families() {
    Stream<Arguments> shifted =
        IntStream.rangeClosed(0, 20).mapToObj(bits -> family("int << " + bits, i -> i << bits));
    Stream<Arguments> longs =
        IntStream.rangeClosed(0, 48)
            .mapToObj(bits -> family("long << " + bits, i -> (long) i << bits));
    Stream<Arguments> others =
        Stream.of(
            family("whole doubles", i -> (double) i),
            family("tenths", i -> i * 0.1),
            family("floats", i -> (float) i),
            family("steps of 10", i -> i * 10),
            family("steps of 1000", i -> i * 1000),
            family("negative", i -> -i),
            family("texts", i -> "user-" + i),
            family("hexadecimal", Integer::toHexString),
            family("addresses", i -> "10.0." + (i >> 8) + "." + (i & 255)),
            family("UUIDs", i -> new UUID(77L * i, i)));
    return Stream.of(shifted, longs, others).flatMap(each -> each);
  }

  private static Arguments family(String name, IntFunction<Object> key) {
    return Arguments.of(name, key);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("families")
  void spread_anyFamilyOfKeys_fillsShardsAndBucketsEvenly(String name, IntFunction<Object> key) {
    int[] hashes =
        IntStream.range(0, KEYS).map(i -> Hashes.spread(key.apply(i).hashCode())).toArray();

    int mostOfShard = Arrays.stream(counts(hashes, SHARDS)).max().orElseThrow();
    assertThat(mostOfShard).as("of %s in a shard", name).isLessThan(KEYS / SHARDS * 5 / 4);
    long walked = Arrays.stream(counts(hashes, 8192)).mapToLong(n -> (long) n * (n + 1) / 2).sum();
    assertThat(walked).as("entries seen to find %s", name).isLessThan(KEYS * 2L);
    long sampled = Arrays.stream(hashes).filter(hash -> hash >>> 28 == 0).count();
    assertThat(sampled).as("of %s in a sample of 1/16", name).isBetween(KEYS / 32L, KEYS / 8L);
  }

  private static int[] counts(int[] hashes, int buckets) {
    int[] counts = new int[buckets];
    for (int hash : hashes) {
      counts[hash & (buckets - 1)]++;
    }
    return counts;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("families")
  void put_asManyAsFit_anyFamilyOfKeys_keepsNineInTen(String name, IntFunction<Object> key) {
    try (Cache<Object, Integer> cache =
        Cache.<Object, Integer>builder().maximumEntries(KEYS).shards(SHARDS).build()) {
      IntStream.range(0, KEYS).forEach(i -> cache.put(key.apply(i), i));

      assertThat(cache.size()).as(name).isGreaterThan(KEYS * 9 / 10);
    }
  }
}
