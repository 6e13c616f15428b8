package dev.holdfast.resource.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SubscriptionTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");
  private static final long LIMIT_SECONDS = 120;

  private static void until(String what, BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - begin)
          .as(what)
          .isLessThan(TimeUnit.SECONDS.toNanos(LIMIT_SECONDS));
      LockSupport.parkNanos(200_000);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void every_manyThreadsUpdate_eachVersionIsToldOnceInOrder() throws Exception {
    SharedData<Integer> data = SharedData.of(0);
    ConcurrentLinkedQueue<Long> told = new ConcurrentLinkedQueue<>();
    int threads = 4;
    int each = 2_000; // together fewer than a subscriber may fall behind
    try (Subscription _ = data.subscribe(Delivery.EVERY, now -> told.add(now.version()));
        ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (int round = 0; round < (LONG ? 50 : 1); round++) {
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
          running.add(
              executor.submit(() -> {
                for (int i = 0; i < each; i++) {
                  data.update(value -> value + 1);
                }
              }));
        }
        for (Future<?> one : running) {
          one.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        }
        long changes = data.stats().version();
        until("all are told", () -> data.stats().delivered() == changes);
      }
    }

    List<Long> expected = new ArrayList<>();
    for (long version = 1; version <= data.stats().version(); version++) {
      expected.add(version);
    }
    assertThat(told).containsExactlyElementsOf(expected);
    assertThat(data.stats().skipped()).isZero();
  }

  @Test
  void latest_slowSubscriber_isToldTheNewestAndNeverAnOlderOne() {
    SharedData<Integer> data = SharedData.of(0);
    ConcurrentLinkedQueue<Integer> told = new ConcurrentLinkedQueue<>();
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (Subscription _ =
        data.subscribe(
            Delivery.LATEST,
            now -> {
              first.countDown();
              await(go);
              told.add(now.value());
            })) {
      data.update(value -> 1);
      await(first);
      for (int i = 2; i <= 100; i++) {
        int next = i;
        data.update(value -> next);
      }
      go.countDown();
      until("both are told", () -> data.stats().delivered() == 2);
    }

    assertThat(told).containsExactly(1, 100);
    assertThat(data.stats().skipped()).isEqualTo(98);
  }

  @Test
  void every_subscriberFallsFarBehind_continuesWithTheNewest() {
    SharedData<Integer> data = SharedData.of(0);
    AtomicReference<Snapshot<Integer>> last = new AtomicReference<>();
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    int changes = Mailbox.LAG_MAX + 100;
    try (Subscription _ =
        data.subscribe(
            Delivery.EVERY,
            now -> {
              first.countDown();
              await(go);
              last.set(now);
            })) {
      data.update(value -> value + 1);
      await(first);
      for (int i = 1; i < changes; i++) {
        data.update(value -> value + 1);
      }
      go.countDown();
      until("the newest is told", () -> last.get() != null && last.get().version() == changes);
    }

    SharedDataStats stats = data.stats();
    assertThat(stats.skipped()).isEqualTo(Mailbox.LAG_MAX);
    assertThat(stats.delivered() + stats.skipped()).isEqualTo(changes);
  }

  @Test
  void every_fallsFarBehindWhileItIsSubscribing_continuesWithTheNewest() {
    Listeners<Long> listeners = new Listeners<>();
    ConcurrentLinkedQueue<Long> told = new ConcurrentLinkedQueue<>();
    Mailbox<Long> mailbox =
        new Mailbox<>(listeners, now -> told.add(now.version()), Delivery.EVERY);
    listeners.add(mailbox);
    long newest = Mailbox.LAG_MAX + 3;
    for (long version = 1; version <= newest; version++) {
      listeners.offer(new Snapshot<>(version, version, Snapshot.ESCAPED));
    }
    mailbox.startAfter(0);
    until("what was not skipped is told", () -> told.size() == 3);
    listeners.offer(new Snapshot<>(newest + 1, newest + 1, Snapshot.ESCAPED));
    until("the next one is told", () -> told.size() == 4);

    assertThat(told).containsExactly(newest - 2, newest - 1, newest, newest + 1);
    assertThat(listeners.skipped.sum()).isEqualTo(Mailbox.LAG_MAX);
  }

  @ParameterizedTest
  @EnumSource
  void subscribe_listenerUpdatesWhatItListensTo_isToldEachOneAfterTheOther(Delivery delivery) {
    SharedData<Integer> data = SharedData.of(0);
    ConcurrentLinkedQueue<Integer> told = new ConcurrentLinkedQueue<>();
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger insideMost = new AtomicInteger();
    try (Subscription _ =
        data.subscribe(
            delivery,
            now -> {
              insideMost.accumulateAndGet(inside.incrementAndGet(), Math::max);
              if (now.value() < 100) {
                data.update(value -> value + 1);
              }
              inside.decrementAndGet();
              told.add(now.value());
            })) {
      data.update(value -> value + 1);
      until("the last is told", () -> told.contains(100));
    }

    assertThat(told).containsExactlyElementsOf(IntStream.rangeClosed(1, 100).boxed().toList());
    assertThat(insideMost).hasValue(1);
  }

  @Test
  void subscribe_oneHangsAndOneThrows_othersAreTold() {
    SharedData<Integer> data = SharedData.of(0);
    CountDownLatch go = new CountDownLatch(1);
    ConcurrentLinkedQueue<Integer> told = new ConcurrentLinkedQueue<>();
    try (Subscription _ = data.subscribe(Delivery.EVERY, now -> await(go));
        Subscription _ =
            data.subscribe(
                Delivery.EVERY,
                now -> {
                  throw new IllegalStateException("injected");
                });
        Subscription _ = data.subscribe(Delivery.EVERY, now -> told.add(now.value()))) {
      for (int i = 0; i < 10; i++) {
        data.update(value -> value + 1);
      }
      until("the third is told all", () -> told.size() == 10);
      until("the second threw each time", () -> data.stats().listenerFailures() == 10);
      assertThat(data.stats().subscribers()).isEqualTo(3);
      go.countDown();
    }

    assertThat(data.stats().subscribers()).isZero();
  }

  @Test
  void close_fromWithinTheListener_nothingMoreIsTold() {
    SharedData<Integer> data = SharedData.of(0);
    AtomicReference<Subscription> own = new AtomicReference<>();
    AtomicInteger told = new AtomicInteger();
    CountDownLatch subscribed = new CountDownLatch(1);
    Subscription subscription =
        data.subscribe(
            Delivery.EVERY,
            now -> {
              await(subscribed);
              told.incrementAndGet();
              own.get().close();
            });
    own.set(subscription);
    data.update(value -> 1);
    data.update(value -> 2);
    subscribed.countDown();
    until("it is told one", () -> data.stats().delivered() == 1);
    subscription.close();

    AtomicInteger others = new AtomicInteger();
    try (Subscription _ = data.subscribe(Delivery.EVERY, now -> others.incrementAndGet())) {
      data.update(value -> 3);
      until("another is told", () -> others.get() == 1);
    }
    assertThat(told).hasValue(1);
  }

  @Test
  void change_thereAreSubscribers_copiesSoThatTheirSnapshotsStay() {
    SharedData<List<String>> data = SharedData.of(new ArrayList<>(), ArrayList::new);
    ConcurrentLinkedQueue<Snapshot<List<String>>> told = new ConcurrentLinkedQueue<>();
    try (Subscription _ = data.subscribe(Delivery.EVERY, told::add)) {
      data.change(list -> list.add("Ada"));
      assertThat(data.tryChangeInPlace(List::clear)).isFalse();
      data.change(list -> list.add("Grace"));
      until("both are told", () -> told.size() == 2);
    }

    assertThat(told)
        .extracting(Snapshot::value)
        .containsExactly(List.of("Ada"), List.of("Ada", "Grace"));
  }

  @Test
  void subscribe_whileOthersChangeInPlace_noVersionIsMissedOrChangedLater() throws Exception {
    for (int round = 0; round < (LONG ? 5_000 : 200); round++) {
      SharedData<long[]> data = SharedData.of(new long[1], long[]::clone);
      ConcurrentLinkedQueue<Snapshot<long[]>> told = new ConcurrentLinkedQueue<>();
      CountDownLatch some = new CountDownLatch(5);
      Thread changer =
          Thread.ofVirtual()
              .start(() -> {
                for (int i = 0; i < 50; i++) {
                  data.change(value -> value[0]++);
                  some.countDown();
                }
              });
      await(some);
      try (Subscription _ = data.subscribe(Delivery.EVERY, told::add)) {
        changer.join();
        data.change(value -> value[0]++);
        until("the last is told", () -> lastOf(told) == 51);
      }

      long expected = 52L - told.size();
      for (Snapshot<long[]> snapshot : told) {
        assertThat(snapshot.version()).isEqualTo(expected++);
        assertThat(snapshot.value()[0]).isEqualTo(snapshot.version());
      }
    }
  }

  private static long lastOf(ConcurrentLinkedQueue<Snapshot<long[]>> told) {
    return told.stream().mapToLong(Snapshot::version).max().orElse(0);
  }
}
