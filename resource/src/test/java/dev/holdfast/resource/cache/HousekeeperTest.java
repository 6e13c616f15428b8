package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HousekeeperTest {
  private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();
  private static final long INTERVAL_NANOS = Duration.ofMillis(10).toNanos();

  /** Whose first thread cannot start. */
  private static final class FirstFails extends InheritableThreadLocal<Integer> {
    private int children;

    @Override
    protected Integer childValue(Integer parents) {
      if (children++ == 0) {
        throw new OutOfMemoryError("no memory for a thread");
      }
      return parents;
    }
  }

  @Test
  void lookAfter_threadDoesNotStart_nextCacheStartsIt() throws Exception {
    List<Thread> threads = new ArrayList<>();
    Housekeeper housekeeper =
        new Housekeeper(task -> {
          Thread thread =
              threads.isEmpty()
                  ? new Thread(task) {
                    @Override
                    public void start() {
                      throw new OutOfMemoryError("no memory for a thread");
                    }
                  }
                  : Housekeeper.thread(task);
          threads.add(thread);
          return thread;
        });
    CountDownLatch swept = new CountDownLatch(1);
    try (HeapCache<String, Integer> cache = swept(swept)) {
      assertThatThrownBy(() -> housekeeper.lookAfter(cache, INTERVAL_NANOS))
          .isInstanceOf(OutOfMemoryError.class);
      housekeeper.lookAfter(cache, INTERVAL_NANOS);
      cache.put("a", 1);

      swept.await();
    }
    threads.get(1).join();
  }

  /** A cache of short lives that only another housekeeper sweeps. */
  private static HeapCache<String, Integer> swept(CountDownLatch swept) {
    return (HeapCache<String, Integer>)
        Cache.<String, Integer>builder()
            .maximumEntries(10)
            .expireAfterWrite(Duration.ofMillis(1))
            .sweepInterval(Duration.ZERO)
            .removalListener((key, value, cause) -> swept.countDown())
            .build();
  }

  @Test
  void thread_interrupted_takesNoNoticeAndGoesOn() throws Exception {
    List<Thread> threads = new ArrayList<>();
    Housekeeper housekeeper =
        new Housekeeper(task -> {
          threads.add(Housekeeper.thread(task));
          return threads.getFirst();
        });
    CountDownLatch swept = new CountDownLatch(1);
    try (HeapCache<String, Integer> cache = swept(swept)) {
      housekeeper.lookAfter(cache, INTERVAL_NANOS);
      threads.getFirst().interrupt();
      while (threads.getFirst().isInterrupted()) { // while it is, no park waits
        Thread.onSpinWait();
      }
      cache.put("a", 1);

      swept.await();
    }
    threads.getFirst().join();
  }

  @Test
  void thread_madeByAnApplication_hasNothingOfIt() throws Exception {
    InheritableThreadLocal<String> local = new InheritableThreadLocal<>();
    List<Object> seen = new ArrayList<>();
    ThreadGroup group = new ThreadGroup("application");
    Thread maker =
        new Thread(
            group,
            () -> {
              local.set("of the application");
              Thread thread = Housekeeper.thread(() -> seen.add(local.get() == null));
              seen.add(thread.getThreadGroup());
              seen.add(thread.getContextClassLoader());
              thread.start();
              joinQuietly(thread);
            });
    maker.setContextClassLoader(new ClassLoader() {});
    maker.start();
    maker.join();

    assertThat(seen.get(0)).isNotEqualTo(group);
    assertThat(seen.get(1)).isEqualTo(ClassLoader.getSystemClassLoader());
    assertThat(seen.get(2)).isEqualTo(true);
  }

  private static void joinQuietly(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void sweepInBackground_threadDoesNotStart_nextOneSweeps() throws Exception {
    FirstFails local = new FirstFails();
    CountDownLatch swept = new CountDownLatch(1);
    try (HeapCache<String, Integer> cache = swept(swept)) {
      cache.put("a", 1, Duration.ofNanos(1));
      local.set(1);
      assertThatThrownBy(cache::sweepInBackground).isInstanceOf(OutOfMemoryError.class);
      while (swept.getCount() > 0) { // the wheel's tick takes its time
        cache.sweepInBackground();
        Thread.onSpinWait();
      }
    } finally {
      local.remove();
    }
  }

  @Test
  void thread_sweepFailsAndSoDoesTellingOfIt_goesOn() throws Exception {
    FirstFails local = new FirstFails();
    Housekeeper housekeeper =
        new Housekeeper(task ->
            Housekeeper.thread(() -> {
              local.set(1);
              task.run();
            }));
    AtomicInteger told = new AtomicInteger();
    Handler fails =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            told.incrementAndGet();
            throw new OutOfMemoryError("no memory for a line");
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger("dev.holdfast.resource.cache");
    logger.addHandler(fails);
    CountDownLatch swept = new CountDownLatch(1);
    try (HeapCache<String, Integer> cache = swept(swept)) {
      cache.put("a", 1);
      housekeeper.lookAfter(cache, INTERVAL_NANOS);

      swept.await();
      assertThat(told).hasValue(1);
    } finally {
      logger.removeHandler(fails);
    }
  }

  @Test
  void get_refreshThreadDoesNotStart_keepsTheOldAndTriesLater() throws Exception {
    FakeClock clock = new FakeClock();
    CountDownLatch refreshed = new CountDownLatch(1);
    FirstFails local = new FirstFails();
    try (Cache<String, Integer> cache =
        Cache.<String, Integer>builder()
            .maximumEntries(10)
            .clock(clock)
            .refreshAfterWrite(Duration.ofSeconds(1))
            .removalListener((key, value, cause) -> refreshed.countDown())
            .build()) {
      cache.put("a", 1);
      clock.advance(Duration.ofSeconds(1));
      local.set(1);
      assertThat(cache.get("a", key -> 2)).isEqualTo(1);
      Invariants.check(cache);
      clock.advance(Duration.ofSeconds(1));

      assertThat(cache.get("a", key -> 2)).isEqualTo(1);
      refreshed.await();
      assertThat(cache.getIfPresent("a")).isEqualTo(2);
    } finally {
      local.remove();
    }
  }

  @Test
  void sweepInterval_longerThanAnyClock_neverSweepsAndTimesHold() {
    try (Cache<String, Integer> timed =
            Cache.<String, Integer>builder()
                .maximumEntries(10)
                .expireAfterWrite(Duration.ofHours(1))
                .sweepInterval(FOREVER)
                .build();
        Cache<String, Integer> cache =
            Cache.<String, Integer>builder().maximumEntries(10).sweepInterval(FOREVER).build()) {
      timed.put("a", 1);
      cache.put("a", 1, Duration.ofMillis(5));
      while (cache.getIfPresent("a") != null) {
        Thread.onSpinWait();
      }

      assertThat(timed.getIfPresent("a")).isEqualTo(1);
    }
  }
}
