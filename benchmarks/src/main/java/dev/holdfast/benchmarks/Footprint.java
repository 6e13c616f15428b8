package dev.holdfast.benchmarks;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.holdfast.resource.cache.Cache;
import dev.holdfast.resource.cache.EvictionPolicies;
import dev.holdfast.resource.cache.EvictionPolicy;
import dev.holdfast.resource.data.MutableSharedData;
import dev.holdfast.resource.data.SharedData;
import dev.holdfast.resource.file.MapOptions;
import dev.holdfast.resource.file.MappedFileGroup;
import dev.holdfast.resource.guard.LeakDetection;
import dev.holdfast.resource.guard.RegistrySpec;
import dev.holdfast.resource.guard.ResourceRegistry;
import dev.holdfast.resource.pool.ConnectionManager;
import dev.holdfast.resource.pool.ObjectPool;
import dev.holdfast.resource.pool.PoolSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes of heap does one more guard, pooled object, shared value, cache entry and mapped
 * file take, beside what others need for the same? The objects that are kept, keys and values were
 * there before and are not counted.
 *
 * <p>The heap in use after a full collection, before and after so many were made.
 */
final class Footprint {
  private final int count;
  private final Object[] things;

  private Footprint(int count) {
    this.count = count;
    this.things = new Object[count];
    for (int i = 0; i < count; i++) {
      things[i] = Integer.toString(i);
    }
  }

  /** Arguments: {@code --quick} for a tenth of them. */
  public static void main(String[] arguments) throws Exception {
    boolean quick = List.of(arguments).contains("--quick");
    System.out.printf("| %-38s | %9s | %8s |%n", "one more", "of", "bytes");
    new Footprint(quick ? 20_000 : 200_000).run();
    new Footprint(quick ? 50 : 500).runFiles();
  }

  private void run() throws Exception {
    for (LeakDetection leaks : LeakDetection.values()) {
      guards(leaks);
    }
    Cleaner cleaner = Cleaner.create();
    kept("Cleaner", i -> cleaner.register(things[i], () -> {}));

    measure("pooled object", this::pool);
    kept("SharedData", i -> SharedData.of(things[i]));
    kept("AtomicReference", i -> new AtomicReference<>(things[i]));
    kept("MutableSharedData", i -> MutableSharedData.of(things[i]));
    kept("ReentrantReadWriteLock", i -> new ReentrantReadWriteLock());

    cache("cache entry, S3-FIFO", EvictionPolicies.s3Fifo(), null);
    cache("cache entry, W-TinyLFU", EvictionPolicies.tinyLfu(), null);
    cache("cache entry, adaptive", EvictionPolicies.adaptive(), null);
    cache("cache entry, adaptive, with an end", EvictionPolicies.adaptive(), Duration.ofHours(1));
    measure("Caffeine entry", () -> caffeine(false));
    measure("Caffeine entry, with an end", () -> caffeine(true));
    measure("ConcurrentHashMap entry", this::map);
  }

  private void guards(LeakDetection leaks) {
    try (ResourceRegistry registry =
        ResourceRegistry.open(RegistrySpec.named("footprint").leakDetection(leaks))) {
      kept("guard, leaks " + leaks, i -> registry.guard("thing", things[i], thing -> {}));
      registry.forceCleanup(all -> true).join();
    }
  }

  private ObjectPool<Object> pool() {
    int[] next = {0};
    ConnectionManager<Object> manager =
        new ConnectionManager<>() {
          @Override
          public synchronized Object create() {
            return things[next[0]++ % count];
          }

          @Override
          public void destroy(Object object) {}
        };
    ObjectPool<Object> pool =
        ObjectPool.open(
            manager, PoolSpec.named("footprint").max(count).minIdle(0).parallelCreations(2));
    try {
      if (!pool.warmUp(count, Duration.ofMinutes(5))) {
        throw new IllegalStateException("the pool did not fill: " + pool.snapshot());
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return pool;
  }

  private void cache(String what, EvictionPolicy.Factory policy, @Nullable Duration end) {
    measure(
        what,
        () -> {
          var builder = Cache.builder().shards(1).maximumEntries(count).policy(policy);
          Cache<Object, Object> cache =
              (end == null ? builder : builder.expireAfterWrite(end)).build();
          for (Object thing : things) {
            cache.put(thing, thing);
          }
          return cache;
        });
  }

  private Object caffeine(boolean end) {
    Caffeine<Object, Object> builder =
        Caffeine.newBuilder().maximumSize(count).executor(Runnable::run);
    if (end) {
      builder = builder.expireAfterWrite(Duration.ofHours(1));
    }
    com.github.benmanes.caffeine.cache.Cache<Object, Object> cache = builder.build();
    for (Object thing : things) {
      cache.put(thing, thing);
    }
    cache.cleanUp();
    return cache;
  }

  private Object map() {
    ConcurrentMap<Object, Object> map = new ConcurrentHashMap<>();
    for (Object thing : things) {
      map.put(thing, thing);
    }
    return map;
  }

  private void runFiles() throws IOException {
    Path path = Files.createTempFile("footprint", null);
    try {
      Files.write(path, new byte[4096]);
      try (MappedFileGroup first = MappedFileGroup.open()) { // loads what all have in common
        first.map(path, MapOptions.readOnly());
        map(path);
      }
      try (MappedFileGroup group = MappedFileGroup.open()) {
        kept("mapped file of a group", i -> group.map(path, MapOptions.readOnly()));
      }
      kept("MappedByteBuffer", i -> map(path));
    } finally {
      Files.delete(path);
    }
  }

  private static MappedByteBuffer map(Path path) {
    try (FileChannel channel = FileChannel.open(path)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, 4096);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes that many and keeps them in a list, whose own bytes do not count. */
  private void kept(String what, IntFunction<Object> make) {
    List<Object> kept = new ArrayList<>(count);
    measure(
        what,
        () -> {
          for (int i = 0; i < count; i++) {
            kept.add(make.apply(i));
          }
          return kept;
        });
  }

  private void measure(String what, Supplier<Object> make) {
    long before = used();
    Object made = make.get();
    try {
      System.out.printf(
          "| %-38s | %,9d | %,8.0f |%n", what, count, (used() - before) / (double) count);
    } finally {
      Reference.reachabilityFence(made);
    }
  }

  /**
   * Collected until it gets no less: the collector's own threads, and ended virtual ones, let go of
   * the last things some 100 ms after a collection.
   */
  private static long used() {
    long least = Long.MAX_VALUE;
    for (int unchanged = 0; unchanged < 4; unchanged++) {
      System.gc();
      LockSupport.parkNanos(200_000_000);
      long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      if (used < least - (least >> 12)) {
        unchanged = 0;
      }
      least = Math.min(least, used);
    }
    return least;
  }
}
