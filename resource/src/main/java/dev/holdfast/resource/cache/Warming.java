package dev.holdfast.resource.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** One warm-up: virtual threads take keys one after the other until there are none. */
final class Warming<K, V> {
  private final HeapCache<K, V> cache;
  private final Loads<K, V> loads;
  private final CacheLoader<? super K, ? extends V> loader;
  private final LongAdder loaded = new LongAdder();
  private final LongAdder present = new LongAdder();
  private final LongAdder failed = new LongAdder();

  Warming(HeapCache<K, V> cache, Loads<K, V> loads, CacheLoader<? super K, ? extends V> loader) {
    this.cache = cache;
    this.loads = loads;
    this.loader = Objects.requireNonNull(loader, "loader");
  }

  WarmReport run(Iterable<? extends K> keys, int parallelism) {
    if (parallelism < 1) {
      throw new IllegalArgumentException(
          "parallelism must be at least 1: parallelism=" + parallelism);
    }
    Queue<K> open = new ConcurrentLinkedQueue<>();
    keys.forEach(open::add);
    List<Thread> workers = new ArrayList<>();
    int threads = Math.min(parallelism, open.size());
    for (int i = 0; i < threads; i++) {
      workers.add(Thread.ofVirtual().name("holdfast-cache-warm").start(() -> work(open)));
    }
    workers.forEach(Warming::join);
    return new WarmReport(loaded.sum(), present.sum(), failed.sum());
  }

  private static void join(Thread worker) {
    boolean interrupted = false;
    while (true) {
      try {
        worker.join();
        break;
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(Queue<K> open) {
    for (K key = open.poll(); key != null; key = open.poll()) {
      warm(key);
    }
  }

  private void warm(K key) {
    if (cache.peek(key) != null) {
      present.increment();
      return;
    }
    boolean[] here = new boolean[1];
    try {
      V value =
          loads.load(
              key,
              wanted -> {
                here[0] = true;
                return loader.load(wanted);
              });
      (here[0] && value != null ? loaded : present).increment();
    } catch (RuntimeException | Error counted) {
      failed.increment();
    }
  }
}
