package dev.holdfast.resource.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedDataTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");

  private static SharedData<List<String>> names() {
    return SharedData.of(new ArrayList<>(List.of("Ada")), ArrayList::new);
  }

  // ---- versions --------------------------------------------------------------------------------

  @Test
  void update_function_replacesValueAndCountsVersion() {
    SharedData<Integer> data = SharedData.of(1);
    Snapshot<Integer> before = data.snapshot();

    assertThat(data.update(value -> value + 1)).isEqualTo(2);

    assertThat(data.get()).isEqualTo(2);
    assertThat(before.value()).isEqualTo(1);
    assertThat(before.version()).isZero();
    assertThat(data.snapshot().version()).isEqualTo(1);
    assertThat(before).hasToString("Snapshot[version=0, 1]");
    assertThat(data).hasToString("SharedData[1]");
  }

  @Test
  void update_functionThrowsOrGivesNothing_changesNothing() {
    SharedData<Integer> data = SharedData.of(1);

    assertThatThrownBy(() -> data.update(value -> value / (value - 1)))
        .isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> data.update(SharedDataTest::nothing))
        .isInstanceOf(NullPointerException.class);

    assertThat(data.snapshot().version()).isZero();
  }

  @SuppressWarnings({"NullAway", "UnusedVariable"}) // what a function must not give
  private static Integer nothing(Integer value) {
    return null;
  }

  @Test
  void compareAndSet_seenVersion_decides() {
    SharedData<String> data = SharedData.of("a");
    Snapshot<String> seen = data.snapshot();

    assertThat(data.compareAndSet(seen, "b")).isTrue();
    assertThat(data.compareAndSet(seen, "c")).isFalse();

    assertThat(data.get()).isEqualTo("b");
  }

  @Test
  void update_manyThreads_noneIsLost() throws Exception {
    SharedData<Long> data = SharedData.of(0L);
    int threads = 8;
    int each = LONG ? 500_000 : 10_000;

    runAll(
        threads,
        () -> {
          long last = -1;
          for (int i = 0; i < each; i++) {
            data.update(value -> value + 1);
            Snapshot<Long> seen = data.snapshot();
            assertThat(seen.version()).isEqualTo(seen.value()).isGreaterThan(last);
            last = seen.version();
          }
        });

    assertThat(data.get()).isEqualTo((long) threads * each);
    assertThat(data.stats().version()).isEqualTo((long) threads * each);
  }

  private static void runAll(int threads, Runnable task) throws Exception {
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(executor.submit(task));
      }
      for (Future<?> one : running) {
        one.get(120, TimeUnit.SECONDS);
      }
    }
  }

  // ---- leases and changes in place -------------------------------------------------------------

  @Test
  void tryChangeInPlace_nobodyElseHasIt_changesTheSameObject() {
    List<String> list = new ArrayList<>();
    SharedData<List<String>> data = SharedData.of(list);

    assertThat(data.tryChangeInPlace(value -> value.add("Ada"))).isTrue();
    assertThat(data.tryChangeInPlace(value -> value.add("Grace"))).isTrue();

    assertThat(list).containsExactly("Ada", "Grace");
    assertThat(data.stats().inPlace()).isEqualTo(2);
    assertThat(data.snapshot().version()).isEqualTo(2);
  }

  @Test
  void tryChangeInPlace_leaseIsOpen_isRefusedUntilItCloses() {
    SharedData<List<String>> data = names();
    Lease<List<String>> lease = data.lease();

    assertThat(data.tryChangeInPlace(List::clear)).isFalse();
    assertThat(data.stats().openLeases()).isEqualTo(1);
    assertThat(lease.value()).containsExactly("Ada");
    lease.close();
    lease.close();

    assertThat(data.tryChangeInPlace(List::clear)).isTrue();
    assertThat(data.stats().exclusiveRefused()).isEqualTo(1);
    assertThat(data.stats().openLeases()).isZero();
    assertThat(lease.version()).isZero();
    assertThat(lease).hasToString("Lease[version=0, closed]");
    assertThatThrownBy(lease::value)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("version=0");
  }

  @Test
  void tryChangeInPlace_valueWasGivenOut_isRefusedForEver() {
    SharedData<List<String>> data = names();
    List<String> kept = data.get();

    assertThat(data.tryChangeInPlace(List::clear)).isFalse();
    assertThat(data.change(list -> list.add("Grace"))).isEqualTo(1);
    assertThat(data.tryChangeInPlace(list -> list.add("Barbara"))).isTrue(); // the copy is ours

    assertThat(kept).containsExactly("Ada");
    assertThat(data.get()).containsExactly("Ada", "Grace", "Barbara");
  }

  @Test
  void tryChangeInPlace_valueCameFromAnUpdate_isRefused() {
    SharedData<List<String>> data = names();
    List<String> mine = data.update(ArrayList::new);

    assertThat(data.tryChangeInPlace(List::clear)).isFalse();
    assertThat(mine).containsExactly("Ada");
  }

  @Test
  void change_leaseIsOpen_copiesAndLeavesTheLeasedAlone() {
    SharedData<List<String>> data = names();
    try (Lease<List<String>> lease = data.lease()) {
      data.change(list -> list.add("Grace"));
      assertThat(lease.value()).containsExactly("Ada");
    }
    data.change(list -> list.add("Barbara"));

    assertThat(data.stats().copies()).isEqualTo(1);
    assertThat(data.stats().inPlace()).isEqualTo(1);
    assertThat(data.get()).containsExactly("Ada", "Grace", "Barbara");
  }

  @Test
  void change_noCopierAndCopyNeeded_isRefusedAndLeavesNoLease() {
    SharedData<List<String>> data = SharedData.of(new ArrayList<>());
    try (Lease<List<String>> lease = data.lease()) {
      assertThatThrownBy(() -> data.change(list -> list.add("x")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("ArrayList");
      assertThat(lease.value()).isEmpty();
    }
    assertThat(data.tryChangeInPlace(list -> list.add("y"))).isTrue();
  }

  @Test
  void change_throwsInPlace_isTheNextVersionAndNothingIsLocked() {
    SharedData<List<String>> data = names();

    assertThatThrownBy(() ->
            data.change(list -> {
              list.add("half");
              throw new IllegalArgumentException("injected");
            }))
        .isInstanceOf(IllegalArgumentException.class);

    assertThat(data.snapshot().version()).isEqualTo(1);
    assertThat(data.get()).containsExactly("Ada", "half");
    assertThat(data.change(list -> list.add("Grace"))).isEqualTo(2);
  }

  @Test
  void change_usesTheDataWithin_isRefusedInsteadOfHanging() {
    SharedData<List<String>> data = names();

    assertThatThrownBy(() -> data.change(list -> data.get()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("within its own change");
    assertThatThrownBy(() -> data.change(list -> data.lease().close()))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> data.change(list -> data.change(List::clear)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () -> data.change(list -> data.subscribe(Delivery.LATEST, now -> {}).close()))
        .isInstanceOf(IllegalStateException.class);
    assertThat(data.stats().subscribers()).isZero();
  }

  @Test
  void get_whileChangedInPlace_waitsForTheWholeChange() throws Exception {
    SharedData<List<String>> data = names();
    CountDownLatch half = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Long> changer =
          executor.submit(() ->
              data.change(list -> {
                list.clear();
                half.countDown();
                awaitUninterruptibly(go);
                list.add("Grace");
              }));
      awaitUninterruptibly(half);
      List<Future<List<String>>> readers =
          List.of(
              executor.submit(data::get),
              executor.submit(() -> {
                try (Lease<List<String>> lease = data.lease()) {
                  return List.copyOf(lease.value());
                }
              }),
              executor.submit(() -> data.update(List::copyOf)));
      go.countDown();

      for (Future<List<String>> reader : readers) {
        assertThat(reader.get(120, TimeUnit.SECONDS)).containsExactly("Grace");
      }
      assertThat(changer.get()).isEqualTo(1);
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      assertThat(latch.await(120, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void change_readersUpdatersAndLeasesAtOnce_everyValueIsWhole() throws Exception {
    SharedData<long[]> data = SharedData.of(new long[2], long[]::clone);
    AtomicInteger changes = new AtomicInteger();
    int each = LONG ? 200_000 : 5_000;

    runAll(
        4,
        () -> {
          long seed = Thread.currentThread().threadId();
          Random random = new Random(seed);
          for (int i = 0; i < each; i++) {
            switch (random.nextInt(8)) {
              case 0 -> assertWhole(data.get(), seed);
              case 1 -> {
                data.update(pair -> new long[] {pair[0] + 1, pair[1] + 1});
                changes.incrementAndGet();
              }
              case 2, 3 -> {
                if (data.tryChangeInPlace(SharedDataTest::addToBoth)) {
                  changes.incrementAndGet();
                }
              }
              case 4, 5 -> {
                data.change(SharedDataTest::addToBoth);
                changes.incrementAndGet();
              }
              default -> {
                try (Lease<long[]> lease = data.lease()) {
                  assertWhole(lease.value(), seed);
                }
              }
            }
          }
        });

    assertThat(data.get()).containsExactly(changes.get(), changes.get());
    assertThat(data.stats().version()).isEqualTo(changes.get());
    assertThat(data.stats().inPlace()).isPositive();
    assertThat(data.stats().copies()).isPositive();
  }

  private static void addToBoth(long[] pair) {
    pair[0]++;
    pair[1]++;
  }

  private static void assertWhole(long[] pair, long seed) {
    assertThat(pair[0]).as("seed %d", seed).isEqualTo(pair[1]);
  }

  // ---- against a model -------------------------------------------------------------------------

  @Test
  void operations_anyOrder_behaveAsTheModel() {
    long first = Long.getLong("holdfast.seed", System.nanoTime());
    for (long seed = first; seed < first + (LONG ? 20_000 : 300); seed++) {
      new ModelRun(seed).run();
    }
  }

  /** One thread's random operations beside a plain list and a count of who has the value. */
  private static final class ModelRun {
    private final long seed;
    private final Random random;
    private final SharedData<List<Integer>> data = SharedData.of(new ArrayList<>(), ArrayList::new);
    private final List<Lease<List<Integer>>> leases = new ArrayList<>();
    private final List<List<Integer>> leased = new ArrayList<>();
    private List<Integer> model = List.of();
    private long version;
    private boolean escaped;

    ModelRun(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void run() {
      for (int step = 0; step < 60; step++) {
        int number = random.nextInt(100);
        switch (random.nextInt(6)) {
          case 0 -> {
            assertThat(data.get()).as("seed %d", seed).isEqualTo(model);
            escaped = true;
          }
          case 1 -> {
            data.update(list -> plus(list, number));
            changed(number, true);
          }
          case 2 -> {
            boolean alone = !escaped && leasesOfCurrent() == 0;
            assertThat(data.tryChangeInPlace(list -> list.add(number)))
                .as("seed %d, step %d", seed, step)
                .isEqualTo(alone);
            if (alone) {
              changed(number, false);
            }
          }
          case 3 -> {
            assertThat(data.change(list -> list.add(number))).isEqualTo(version + 1);
            changed(number, false);
          }
          case 4 -> {
            leases.add(data.lease());
            leased.add(model);
          }
          default -> closeOne();
        }
        check();
      }
    }

    private void changed(int number, boolean escapes) {
      model = plus(model, number);
      version++;
      escaped = escapes;
    }

    private long leasesOfCurrent() {
      return leases.stream().filter(lease -> lease.version() == version).count();
    }

    private void closeOne() {
      if (!leases.isEmpty()) {
        int which = random.nextInt(leases.size());
        leases.remove(which).close();
        leased.remove(which);
      }
    }

    private void check() {
      for (int i = 0; i < leases.size(); i++) {
        assertThat(leases.get(i).value()).as("seed %d", seed).isEqualTo(leased.get(i));
      }
      assertThat(data.stats().version()).as("seed %d", seed).isEqualTo(version);
      assertThat(data.stats().openLeases()).as("seed %d", seed).isEqualTo(leases.size());
    }

    private static List<Integer> plus(List<Integer> list, int number) {
      List<Integer> longer = new ArrayList<>(list);
      longer.add(number);
      return longer;
    }
  }
}
