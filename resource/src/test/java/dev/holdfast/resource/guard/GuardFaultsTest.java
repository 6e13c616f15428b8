package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** What the guards promise while clean-ups fail, hang and race. */
class GuardFaultsTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");
  private static final long SEED = Long.getLong("holdfast.seed", System.nanoTime());

  @Test
  void cleanups_fivePercentOfAttemptsThrow_nearlyAllAreCleaned() {
    int count = LONG ? 1_000_000 : 20_000;
    Random random = new Random(SEED);
    CleanupPolicy policy =
        CleanupPolicy.standard().backoff(Duration.ofMillis(1), Duration.ofMillis(5));
    try (ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("faults"))) {
      List<CompletableFuture<CleanupOutcome>> ends = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        long faults = random.nextLong(); // decided here, so that the seed decides
        ends.add(
            registry
                .guard("shaky", new AtomicInteger(), new FivePercent(faults)::clean, policy)
                .closeAsync());
      }
      ends.forEach(Watchdog::get);

      RegistrySnapshot snapshot = registry.snapshot();
      CleanupReport totals = snapshot.totals();
      System.out.printf(
          "guards under 5 %% faults: seed=%d, %s, retries=%d, p99=%s%n",
          SEED, totals, snapshot.retries(), snapshot.p99());
      assertThat(totals.successRate()).as("seed %d", SEED).isGreaterThanOrEqualTo(0.999);
      assertThat(totals.cleaned() + totals.failed()).isEqualTo(count);
      assertThat(snapshot.deadLetters()).isEqualTo((int) totals.failed());
      assertThat(snapshot.retries()).isPositive();
    }
  }

  /** Throws in one attempt of twenty. */
  private record FivePercent(long faults) {
    void clean(AtomicInteger attempts) throws IOException {
      if (new Random(faults + attempts.getAndIncrement()).nextInt(20) == 0) {
        throw new IOException("injected");
      }
    }
  }

  @Test
  void cleanups_onePercentHang_allOthersAreCleanedBeforeThey() throws Exception {
    int count = LONG ? 200_000 : 10_000;
    CountDownLatch go = new CountDownLatch(1);
    CleanupPolicy patient = CleanupPolicy.standard().timeout(Duration.ofHours(1));
    try (ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("hanging"))) {
      List<CompletableFuture<CleanupOutcome>> hanging = new ArrayList<>();
      List<CompletableFuture<CleanupOutcome>> others = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        boolean hangs = i % 100 == 0;
        CleanupAction<Integer> action = hangs ? number -> Watchdog.await(go) : number -> {};
        (hangs ? hanging : others).add(registry.guard("number", i, action, patient).closeAsync());
      }
      others.forEach(end -> assertThat(Watchdog.get(end).isCleaned()).isTrue());

      assertThat(hanging).noneMatch(CompletableFuture::isDone);
      System.out.printf("guards with 1 %% hanging: p99=%s%n", registry.snapshot().p99());
      go.countDown();
      hanging.forEach(Watchdog::get);
    }
  }

  @Test
  void registry_anyOperationsAndFaults_sumIsExactAndNoneCleanedTwice() throws Exception {
    for (int round = 0; round < (LONG ? 500 : 15); round++) {
      new Chaos(SEED + round).run();
    }
  }

  /** Random guards, closes, detaches, drains, with clean-ups that throw, hang or time out. */
  private static final class Chaos {
    private static final int COUNT = 300;

    private final long seed;
    private final Random random;
    private final AtomicIntegerArray done = new AtomicIntegerArray(COUNT);
    private final AtomicIntegerArray inside = new AtomicIntegerArray(COUNT);
    private final AtomicInteger overlaps = new AtomicInteger();
    private final CountDownLatch never = new CountDownLatch(1);
    private final List<ResourceGuard<Integer>> guards = new ArrayList<>();
    private int detached;

    Chaos(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void run() throws Exception {
      RegistrySpec spec =
          RegistrySpec.named("chaos")
              .concurrency(1 + random.nextInt(8))
              .patience(Duration.ofMillis(1 + random.nextInt(5)))
              .aging(Duration.ofMillis(1));
      ResourceRegistry registry = ResourceRegistry.open(spec);
      for (int i = 0; i < COUNT; i++) {
        guards.add(registry.guard("number", i, action(), policy()));
        if (random.nextInt(3) == 0) {
          touch(guards.get(random.nextInt(guards.size())));
        }
      }
      CompletableFuture<CleanupReport> forced = registry.forceCleanup(info -> info.id() % 3 == 0);
      CleanupReport report = registry.drain(Duration.ofMillis(random.nextInt(60)));

      String why = "seed %d, %s".formatted(seed, report);
      assertThat(report.registered()).as(why).isEqualTo(COUNT);
      assertThat(report.unfinished()).as(why).isZero();
      assertThat(Watchdog.get(forced).unfinished()).as(why).isZero();
      assertThat(report.detached()).as(why).isEqualTo(detached);
      assertThat(overlaps).as(why).hasValue(0);
      check(registry, report, why);
    }

    private void check(ResourceRegistry registry, CleanupReport report, String why) {
      long cleaned = 0;
      for (int i = 0; i < COUNT; i++) {
        GuardState state = guards.get(i).state();
        assertThat(state.isFinal()).as(why).isTrue();
        if (state == GuardState.CLEANED) {
          cleaned++;
          assertThat(done.get(i)).as(why).isEqualTo(1);
        } else if (state == GuardState.DETACHED) {
          assertThat(done.get(i)).as(why).isZero();
        }
      }
      assertThat(cleaned).as(why).isEqualTo(report.cleaned());
      assertThat(registry.deadLetters())
          .as(why)
          .hasSize((int) (report.failed() + report.timedOut() + report.abandoned()));
      Watchdog.until("interrupted ones end: " + why, () -> registry.snapshot().stuck() == 0);
      RegistrySnapshot snapshot = registry.snapshot();
      assertThat(snapshot.running()).as(why).isZero();
      assertThat(snapshot.live()).as(why).isZero();
    }

    private void touch(ResourceGuard<Integer> guard) {
      if (random.nextInt(5) == 0 && guard.state() == GuardState.LIVE) {
        assertThat(guard.detach()).isNotNull();
        detached++;
      } else {
        guard.close();
      }
    }

    private CleanupAction<Integer> action() {
      int kind = random.nextInt(20);
      int faults = random.nextInt(6);
      AtomicInteger attempts = new AtomicInteger();
      return number -> {
        if (inside.incrementAndGet(number) != 1) {
          overlaps.incrementAndGet();
        }
        try {
          if (kind == 0) {
            never.await();
          }
          if (kind < 5 && attempts.incrementAndGet() <= faults) {
            throw new IOException("injected");
          }
          done.incrementAndGet(number);
        } finally {
          inside.decrementAndGet(number);
        }
      };
    }

    private CleanupPolicy policy() {
      CleanupPriority[] priorities = CleanupPriority.values();
      return CleanupPolicy.standard()
          .priority(priorities[random.nextInt(priorities.length)])
          .timeout(Duration.ofMillis(5 + random.nextInt(50)))
          .attemptsMax(1 + random.nextInt(4))
          .backoff(Duration.ofMillis(1), Duration.ofMillis(4));
    }
  }
}
