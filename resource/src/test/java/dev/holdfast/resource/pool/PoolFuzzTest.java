package dev.holdfast.resource.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.resource.pool.FakeManager.Thing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random histories on a simulated clock against a simple oracle: the line in the order of arrival,
 * and who holds what. After every step the exchange's invariant holds: whatever frees capacity
 * serves exactly one waiter. The system property {@code holdfast.seed} replays one history.
 */
class PoolFuzzTest {
  private static final int HISTORIES = Boolean.getBoolean("holdfast.long") ? 20_000 : 200;
  private static final int STEPS = 400;

  private static final Logger LOG = Logger.getLogger(ObjectPool.class.getName());

  @BeforeAll
  static void silence() {
    LOG.setLevel(Level.OFF); // these histories have thousands of overdue loans
  }

  @AfterAll
  static void speak() {
    LOG.setLevel(null);
  }

  @Test
  void anyHistory_everyStep_keepsOrderCapacityAndObjects() {
    Long replayed = Long.getLong("holdfast.seed");
    long first = replayed != null ? replayed : System.nanoTime();
    int histories = replayed != null ? 1 : HISTORIES;
    System.out.printf("seed=%d, histories=%d%n", first, histories);
    for (long seed = first; seed < first + histories; seed++) {
      History history = new History(seed);
      try {
        history.run();
      } catch (AssertionError | RuntimeException broken) {
        throw new AssertionError(
            "replay with -Dholdfast.seed=%d; %s".formatted(seed, history.log()), broken);
      }
    }
  }

  /** A borrower of the oracle. */
  private record Borrower(@Nullable Waiter<Thing> waiter, CompletableFuture<Pooled<Thing>> future) {
    boolean isInLine() {
      return waiter != null && waiter.queued;
    }

    boolean isServed() {
      return waiter == null
          ? future.isDone() && !future.isCompletedExceptionally()
          : waiter.isAnswered() && !waiter.isRefused();
    }
  }

  private static final class History {
    private final Random random;
    private final SimulatedEnvironment environment;
    private final FakeManager manager;
    private final ObjectPool<Thing> pool;
    private final List<Borrower> arrivals = new ArrayList<>();
    private final List<Pooled<Thing>> held = new ArrayList<>();
    private final List<Pooled<Thing>> ended = new ArrayList<>();
    private final List<FakeManager> managers = new ArrayList<>();
    private final List<String> steps = new ArrayList<>();
    private int total;
    private long doubleReleases;

    History(long seed) {
      random = new Random(seed);
      environment = new SimulatedEnvironment(seed);
      manager = newManager();
      pool = new ObjectPool<>(manager, randomSpec(), environment);
      total = pool.snapshot().sizes().total(); // the reserve is being made already
    }

    private PoolSpec randomSpec() {
      return PoolSpec.named("fuzz")
          .max(1 + random.nextInt(6))
          .minIdle(random.nextInt(3))
          .maxWaiters(1 + random.nextInt(20))
          .parallelCreations(1 + random.nextInt(3))
          .acquireTimeout(Duration.ofMillis(1 + random.nextInt(5_000)))
          .createTimeout(Duration.ofMillis(500))
          .recycleTimeout(Duration.ofMillis(300))
          .validateAfterIdle(Duration.ofMillis(random.nextInt(800)))
          .idleTimeout(Duration.ofMillis(random.nextInt(4_000)))
          .lifetime(Duration.ofMillis(random.nextInt(6_000)), random.nextDouble() * 0.9)
          .healthCheck(Duration.ofMillis(random.nextInt(2_000)), random.nextDouble() * 0.9)
          .backOff(Duration.ofMillis(50), Duration.ofMillis(400))
          .breakerAfter(1 + random.nextInt(4))
          .reportLoansAfter(Duration.ofMillis(random.nextInt(3_000)));
    }

    private FakeManager newManager() {
      FakeManager made = random.nextBoolean() ? new FakeManager() : new FakeManager.Recycling();
      managers.add(made);
      return made;
    }

    private FakeManager current() {
      return managers.getLast();
    }

    String log() {
      return String.join(" ", steps.subList(Math.max(0, steps.size() - 30), steps.size()));
    }

    void run() {
      for (int i = 0; i < STEPS; i++) {
        step();
        check();
      }
      recover();
      end();
    }

    private void step() {
      switch (random.nextInt(16)) {
        case 0, 1, 2 -> acquire();
        case 3, 4 -> giveBack();
        case 5 -> invalidate();
        case 6 -> closeAgain();
        case 7 -> cancel();
        case 8, 9, 10 -> runTask();
        case 11 -> runTasks();
        case 12 -> advance(random.nextInt(50));
        case 13 -> advance(random.nextInt(1_500));
        case 14 -> trouble();
        default -> change();
      }
      collect();
    }

    private void acquire() {
      steps.add("acquire");
      CompletableFuture<Pooled<Thing>> future = pool.acquireAsync();
      Waiter<Thing> last = pool.exchange.waiters.last();
      boolean known = arrivals.stream().anyMatch(borrower -> borrower.waiter == last);
      arrivals.add(new Borrower(future.isDone() || known ? null : last, future));
    }

    private void giveBack() {
      if (!held.isEmpty()) {
        steps.add("release");
        Pooled<Thing> guard = held.remove(random.nextInt(held.size()));
        guard.close();
        ended.add(guard);
      }
    }

    private void invalidate() {
      if (!held.isEmpty() && random.nextInt(3) == 0) {
        steps.add("invalidate");
        Pooled<Thing> guard = held.remove(random.nextInt(held.size()));
        guard.invalidate(new IllegalStateException("broken"));
        guard.close(); // as try-with-resources does: no double release
        ended.add(guard);
      }
    }

    private void closeAgain() {
      if (!ended.isEmpty()) {
        steps.add("close-again");
        ended.get(random.nextInt(ended.size())).close();
        doubleReleases++;
      }
    }

    private void cancel() {
      if (!arrivals.isEmpty()) {
        steps.add("cancel");
        arrivals.get(random.nextInt(arrivals.size())).future.cancel(false);
      }
    }

    private void runTask() {
      if (environment.tasks() > 0) {
        steps.add("task");
        environment.runTask(random.nextInt(environment.tasks()));
      }
    }

    private void runTasks() {
      steps.add("tasks");
      environment.runTasks();
    }

    private void advance(int millis) {
      steps.add("+" + millis);
      environment.advance(Duration.ofMillis(millis));
    }

    private void trouble() {
      FakeManager troubled = current();
      switch (random.nextInt(4)) {
        case 0 -> troubled.down = random.nextBoolean();
        case 1 -> troubled.alive.stream().findAny().ifPresent(thing -> thing.fit = false);
        case 2 -> {
          if (troubled instanceof FakeManager.Recycling recycling) {
            recycling.recycleThrows = random.nextBoolean();
          }
        }
        default -> troubled.destroyThrows = random.nextBoolean();
      }
      steps.add("trouble(down=" + troubled.down + ")");
    }

    private void change() {
      switch (random.nextInt(8)) {
        case 0, 1 -> {
          int max = 1 + random.nextInt(8);
          steps.add("resize-" + max);
          pool.resize(random.nextInt(3), max);
        }
        case 2 -> {
          steps.add("replace");
          FakeManager next = newManager();
          var _ = pool.replaceManager(next);
        }
        default -> {}
      }
    }

    /** Takes what was delivered. */
    private void collect() {
      for (Borrower borrower : arrivals) {
        if (borrower.future.isDone() && !borrower.future.isCompletedExceptionally()) {
          Pooled<Thing> guard = borrower.future.join();
          if (!held.contains(guard) && !ended.contains(guard)) {
            held.add(guard);
          }
        }
      }
    }

    private void check() {
      pool.exchange.verify();
      PoolSnapshot snapshot = pool.snapshot();
      PoolSnapshot.Sizes sizes = snapshot.sizes();
      assertThat(sizes.total()).as("objects").isLessThanOrEqualTo(Math.max(total, sizes.max()));
      total = sizes.total();
      assertThat(snapshot.count(PoolCount.DOUBLE_RELEASE)).isEqualTo(doubleReleases);
      checkOrder();
      checkHolders();
    }

    /** Nobody is served while somebody who came before still waits. */
    private void checkOrder() {
      boolean somebodyWaits = false;
      for (Borrower borrower : arrivals) {
        if (borrower.isInLine()) {
          somebodyWaits = true;
        } else if (somebodyWaits) {
          assertThat(borrower.isServed() && !borrower.future.isCancelled())
              .as("served before somebody who came earlier")
              .isFalse();
        }
      }
      arrivals.removeIf(borrower -> !borrower.isInLine() && borrower.future.isDone());
    }

    private void checkHolders() {
      Set<Thing> things = new HashSet<>();
      for (Pooled<Thing> guard : held) {
        assertThat(things.add(guard.get())).as("two holders of %s", guard.get()).isTrue();
        assertThat(managers).anyMatch(made -> made.alive.contains(guard.get()));
      }
    }

    /** The far side works again, everything is given back: nothing may have been lost. */
    private void recover() {
      steps.add("recover");
      heal();
      while (!held.isEmpty()) {
        giveBack();
        environment.runTasks();
        collect();
      }
      pool.resize(0, 4);
      environment.live(Duration.ofSeconds(8), Duration.ofMillis(100));
      collect();
      while (!held.isEmpty()) {
        giveBack();
      }
      environment.runTasks();
      List<CompletableFuture<Pooled<Thing>>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        all.add(pool.acquireAsync());
        environment.runTasks();
      }
      assertThat(all).as("capacity is whole").allMatch(future -> future.isDone());
      all.forEach(future -> held.add(future.join()));
      check();
    }

    private void heal() {
      for (FakeManager made : managers) {
        made.down = false;
        made.destroyThrows = false;
        made.alive.forEach(thing -> thing.fit = true);
        if (made instanceof FakeManager.Recycling recycling) {
          recycling.recycleThrows = false;
        }
      }
    }

    private void end() {
      steps.add("shutdown");
      held.removeFirst().close();
      environment.runTasks();
      CompletableFuture<ShutdownReport> future = pool.shutdown(Duration.ofSeconds(1));
      held.removeFirst().close();
      environment.runTasks();
      environment.advance(Duration.ofSeconds(1));
      environment.runTasks();

      ShutdownReport report = future.join();
      assertThat(report.returned()).isEqualTo(1);
      assertThat(report.forced()).isEqualTo(2);
      assertThat(report.objects()).isEqualTo(4);
      assertThat(managers).allSatisfy(made -> assertThat(made.alive()).isZero());
      assertThat(managers).allSatisfy(made -> assertThat(made.destroyedTwice).isZero());
    }
  }
}
