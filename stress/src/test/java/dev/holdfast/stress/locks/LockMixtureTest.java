package dev.holdfast.stress.locks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.sync.Hold;
import dev.holdfast.sync.LockTimeoutException;
import dev.holdfast.sync.Locks;
import dev.holdfast.sync.Locks.MutexOption;
import dev.holdfast.sync.Locks.ReadWriteOption;
import dev.holdfast.sync.Mutex;
import dev.holdfast.sync.ReadHold;
import dev.holdfast.sync.ReadWriteLock;
import dev.holdfast.sync.Semaphore;
import dev.holdfast.sync.Semaphore.Permits;
import dev.holdfast.sync.WriteHold;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many short rounds of everything that locks do, with time-outs of every length, by threads of two
 * participants, platform and virtual. A round that does not end has found a state that nobody
 * leaves; a wake-up that is only lost heals with the cap of the sleep, and is for the models.
 */
class LockMixtureTest {
  private static final int ROUNDS = Boolean.getBoolean("holdfast.long") ? 20_000 : 120;
  private static final int NAMES = 20;
  private static final long WATCHDOG_SECONDS = 60;
  private static final int PERMITS = 3;

  @TempDir Path root;

  private final ExecutorService platform =
      Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory());
  private final ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Space> spaces = new ArrayList<>();

  /** What the locks of a round protect; two words that differ inside only. */
  private static final class Protected {
    int counted;
    int one;
    int other;
    int items;
    final AtomicInteger permits = new AtomicInteger();
  }

  @AfterEach
  void leave() {
    platform.shutdownNow();
    virtual.shutdownNow();
    spaces.forEach(Space::close);
  }

  private Locks locks() {
    Space space = Space.open(SpaceSpec.named("mixture").under(root));
    spaces.add(space);
    return Locks.of(space);
  }

  @Test
  void everything_inShortRounds_ends() {
    List<Locks> participants = List.of(locks(), locks());
    for (int round = 0; round < ROUNDS; round++) {
      ExecutorService threads = round % 3 == 0 ? virtual : platform;
      Protected data = new Protected();
      List<Future<?>> all = new ArrayList<>();
      for (Locks locks : participants) {
        for (Runnable work : works(locks, round, data)) {
          all.add(threads.submit(work));
        }
      }
      awaitAll(all, "round " + round, participants.getFirst());
      assertThat(data.counted).isEqualTo(800);
      assertThat(data.one).isEqualTo(data.other).isEqualTo(400);
      assertThat(data.items).isZero();
    }
  }

  private static void awaitAll(List<Future<?>> all, String what, Locks locks) {
    for (Future<?> each : all) {
      try {
        each.get(WATCHDOG_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException | InterruptedException e) {
        throw new AssertionError("does not end: " + what + ", locks=" + locks.list(), e);
      } catch (ExecutionException e) {
        throw new AssertionError("failed: " + what, e.getCause());
      }
    }
  }

  private static List<Runnable> works(Locks locks, int round, Protected data) {
    boolean fair = round % 2 == 0;
    String suffix = (fair ? "-fair-" : "-") + round % NAMES;
    Mutex mutex = fair ? locks.mutex("m" + suffix, MutexOption.FAIR) : locks.mutex("m" + suffix);
    ReadWriteLock table =
        fair
            ? locks.readWriteLock("rw" + suffix)
            : locks.readWriteLock("rw" + suffix, ReadWriteOption.READ_BIASED);
    Semaphore semaphore = locks.semaphore("s" + suffix, PERMITS);
    Mutex queue = locks.mutex("queue" + suffix);
    Condition notEmpty = queue.newCondition();
    return List.of(
        () -> count(mutex, data),
        () -> count(mutex, data),
        () -> countSoon(mutex),
        () -> change(table, data),
        () -> look(table, data, 600),
        () -> look(table, data, 600),
        () -> lookOwning(mutex, table, data),
        () -> upgradeSoon(table),
        () -> permits(semaphore, data),
        () -> permits(semaphore, data),
        () -> permitsSoon(semaphore, data),
        () -> put(queue, notEmpty, data),
        () -> take(queue, notEmpty, data));
  }

  private static void count(Mutex mutex, Protected data) {
    for (int i = 0; i < 200; i++) {
      try (Hold _ = mutex.hold()) {
        data.counted++;
      }
    }
  }

  private static void countSoon(Mutex mutex) {
    for (int i = 0; i < 100; i++) {
      try {
        mutex.hold(Duration.ofNanos(i * 1_000L)).close();
      } catch (LockTimeoutException late) {
        assertThat(late).hasMessageContaining("m-");
      }
    }
  }

  private static void change(ReadWriteLock table, Protected data) {
    for (int i = 0; i < 200; i++) {
      try (WriteHold held = i % 2 == 0 ? table.write() : table.update()) {
        held.upgrade();
        data.one++;
        data.other = data.one;
      }
    }
  }

  private static void look(ReadWriteLock table, Protected data, int times) {
    for (int i = 0; i < times; i++) {
      try (ReadHold _ = table.read()) {
        assertThat(data.one).isEqualTo(data.other);
      }
    }
  }

  /** Who owns something waits in shared memory beside the others of its process. */
  private static void lookOwning(Mutex mutex, ReadWriteLock table, Protected data) {
    for (int i = 0; i < 10; i++) {
      try (Hold _ = mutex.hold()) {
        look(table, data, 10);
      }
    }
  }

  private static void upgradeSoon(ReadWriteLock table) {
    for (int i = 0; i < 50; i++) {
      try (WriteHold held = table.update()) {
        held.upgrade(Duration.ofNanos(i * 1_000L));
        held.downgrade();
      } catch (LockTimeoutException late) {
        assertThat(late).hasMessageContaining("rw-");
      }
    }
  }

  private static void permits(Semaphore semaphore, Protected data) {
    for (int i = 0; i < 150; i++) {
      try (Permits some = semaphore.hold(1 + i % PERMITS)) {
        use(some, data);
      }
    }
  }

  private static void permitsSoon(Semaphore semaphore, Protected data) {
    for (int i = 0; i < 50; i++) {
      try (Permits some = semaphore.hold(1 + i % PERMITS, Duration.ofNanos(i * 2_000L))) {
        use(some, data);
      } catch (LockTimeoutException late) {
        assertThat(late).hasMessageContaining("s-");
      }
    }
  }

  private static void use(Permits some, Protected data) {
    assertThat(data.permits.addAndGet(some.count())).isLessThanOrEqualTo(PERMITS);
    data.permits.addAndGet(-some.count());
  }

  private static void put(Mutex queue, Condition notEmpty, Protected data) {
    for (int i = 0; i < 60; i++) {
      try (Hold _ = queue.hold()) {
        data.items++;
        notEmpty.signal();
      }
    }
  }

  private static void take(Mutex queue, Condition notEmpty, Protected data) {
    for (int i = 0; i < 60; i++) {
      try (Hold _ = queue.hold()) {
        while (data.items == 0) {
          notEmpty.awaitUninterruptibly();
        }
        data.items--;
      }
    }
  }
}
