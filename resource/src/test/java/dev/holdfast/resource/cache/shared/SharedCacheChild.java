package dev.holdfast.resource.cache.shared;

import dev.holdfast.region.RegionPolicy;
import dev.holdfast.region.Space;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** A process that uses the cache until it is killed, or once. */
final class SharedCacheChild {
  private SharedCacheChild() {}

  /** Arguments: root, what to do, seed. */
  public static void main(String[] arguments) {
    if (arguments[1].equals("make")) {
      make(SharedCacheTestBase.open(Path.of(arguments[0])));
    }
    try (Space space = SharedCacheTestBase.open(Path.of(arguments[0]));
        SharedCache<String, String> cache = SharedCacheTestBase.open(space)) {
      switch (arguments[1]) {
        case "churn" -> churn(cache, Long.parseLong(arguments[2]));
        case "read" -> {
          System.out.println(Objects.requireNonNull(cache.getIfPresent("from Python")));
          cache.put("from Java", "Grüße");
        }
        default -> throw new IllegalArgumentException(arguments[1]);
      }
    }
  }

  /** Is killed with its header half-written. */
  private static void make(Space space) {
    space.create(
        SharedCacheTestBase.SPEC.policy(RegionPolicy.manual()).region(),
        bytes -> {
          bytes.asSlice(0, CacheHeaderLayout.CRC_AT).fill((byte) 1);
          System.out.println("MAKING");
          while (true) {
            LockSupport.park();
          }
        });
  }

  private static void churn(SharedCache<String, String> cache, long seed) {
    Random random = new Random(seed);
    for (long i = 0; ; i++) {
      String key = "k" + random.nextInt(400);
      if (random.nextInt(4) == 0) {
        cache.getIfPresent(key);
      } else {
        cache.put(key, key.repeat(1 + random.nextInt(60)));
      }
      if (i == 500) {
        System.out.println("BUSY");
      }
    }
  }
}
