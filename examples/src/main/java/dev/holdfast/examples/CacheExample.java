package dev.holdfast.examples;

import dev.holdfast.resource.cache.Cache;
import dev.holdfast.resource.cache.CacheStats;
import java.time.Duration;
import java.util.List;

/** Keeps the results of an expensive call: bounded, timed, each loaded once. */
public final class CacheExample {
  private CacheExample() {}

  /** Prints what was loaded and what was found. */
  public static void main(String[] arguments) {
    try (Cache<String, Integer> lengths =
        Cache.<String, Integer>builder()
            .name("lengths")
            .maximumEntries(10_000)
            .expireAfterWrite(Duration.ofMinutes(10))
            .ttlJitter(0.1) // what is written together does not end together
            .removalListener((word, length, cause) -> System.out.println(word + " left: " + cause))
            .build()) {

      lengths.warm(List.of("alpha", "beta"), CacheExample::expensiveLength, 2);
      System.out.println("gamma: " + lengths.get("gamma", CacheExample::expensiveLength));
      System.out.println("gamma: " + lengths.get("gamma", CacheExample::expensiveLength));
      lengths.put("session", 1, Duration.ofSeconds(30)); // its own time to live
      lengths.remove("session");

      CacheStats stats = lengths.stats();
      System.out.println(
          "hits %d, misses %d, loads %d".formatted(stats.hits(), stats.misses(), stats.loads()));
    }
  }

  private static int expensiveLength(String word) {
    System.out.println("loading " + word);
    return word.length();
  }
}
