package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.sync.Semaphore.Permits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SemaphoreTest extends LocksTestBase {
  @Test
  void hold_upToItsPermits_thenNoMore() {
    Semaphore here = locks().semaphore("s", 3);
    Semaphore there = locks().semaphore("s", 3);
    Permits two = here.hold(2);
    Permits one = there.hold(1);

    assertThat(here.available()).isZero();
    assertThat(there.tryHold(1)).isEmpty();
    assertThatThrownBy(() -> here.hold(1, Duration.ofMillis(10)))
        .isInstanceOf(LockTimeoutException.class)
        .hasMessageContaining("asked=1, available=0 of 3");
    two.close();
    assertThat(there.available()).isEqualTo(2);
    one.close();
  }

  @Test
  void hold_moreThanThereAre_isRefused() {
    Semaphore semaphore = locks().semaphore("s", 3);

    assertThatThrownBy(() -> semaphore.hold(4)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> semaphore.hold(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void semaphore_ofOtherSizeOrKind_isRefused() {
    Locks locks = locks();
    locks.semaphore("s", 3);

    assertThatThrownBy(() -> locks.semaphore("s", 4)).isInstanceOf(WrongLockKindException.class);
    assertThatThrownBy(() -> locks.mutex("s"))
        .isInstanceOf(WrongLockKindException.class)
        .hasMessageContaining("found=semaphore, asked=mutex");
  }

  @Test
  void close_byAnotherThread_isRefused() {
    Permits permits = locks().semaphore("s", 1).hold(1);

    assertThatThrownBy(() -> get(run(permits::close)))
        .hasCauseInstanceOf(IllegalMonitorStateException.class);
    permits.close();
    assertThatThrownBy(permits::close).isInstanceOf(IllegalMonitorStateException.class);
  }

  @Test
  void hold_manyWaiters_allGetTheirTurn() {
    Semaphore here = locks().semaphore("s", 4);
    Semaphore there = locks().semaphore("s", 4);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Semaphore semaphore = i % 2 == 0 ? here : there;
      int wanted = 1 + i % 3;
      all.add(
          run(() -> {
            for (int n = 0; n < 500; n++) {
              try (Permits _ = semaphore.hold(wanted)) {
                most.accumulateAndGet(inside.addAndGet(wanted), Math::max);
                inside.addAndGet(-wanted);
              }
            }
          }));
    }

    all.forEach(LocksTestBase::get);

    assertThat(most).hasValueLessThanOrEqualTo(4);
    assertThat(here.available()).isEqualTo(4);
  }

  @Test
  void hold_ownerThreadEnded_permitsComeBack() throws Exception {
    Semaphore semaphore = locks().semaphore("s", 2);
    Thread.ofPlatform().start(() -> semaphore.hold(2)).join();

    semaphore.hold(2).close();

    assertThat(semaphore.available()).isEqualTo(2);
  }

  @Test
  void hold_spaceClosed_permitsComeBack() {
    var space = space();
    Locks.of(space).semaphore("s", 2).hold(2);
    Semaphore there = locks().semaphore("s", 2);

    space.close();

    there.hold(2).close();
  }

  @Test
  void deadlock_permitsHeldInACircle_oneIsTheVictim() {
    Locks here = locks();
    Locks there = locks();
    CyclicBarrier both = new CyclicBarrier(2);
    Future<Boolean> first = start(() -> crossing(here, "a", "b", both));
    Future<Boolean> second = start(() -> crossing(there, "b", "a", both));

    assertThat(List.of(get(first), get(second))).containsExactlyInAnyOrder(true, false);
  }

  private static boolean crossing(Locks locks, String one, String other, CyclicBarrier both)
      throws Exception {
    try (Permits _ = locks.semaphore(one, 1).hold(1)) {
      both.await();
      try (Permits _ = locks.semaphore(other, 1).hold(1)) {
        return true;
      } catch (DeadlockException victim) {
        return false;
      }
    }
  }

  @Test
  void hold_permitOfSomebodyWhoIsNotBlocked_isNoDeadlock() {
    Locks locks = locks();
    Semaphore semaphore = locks.semaphore("s", 2);
    Permits free = semaphore.hold(1);
    CyclicBarrier both = new CyclicBarrier(2);
    Locks there = locks();
    Future<Boolean> ring =
        start(() -> {
          try (Permits _ = there.semaphore("s", 2).hold(1)) {
            both.await();
            try (Hold _ = there.mutex("m").hold()) {
              return true;
            }
          }
        });
    Future<Boolean> other =
        start(() -> {
          try (Hold _ = locks.mutex("m").hold()) {
            both.await();
            try (Permits _ = semaphore.hold(1)) {
              return true;
            }
          }
        });
    await(() ->
        locks.users().stream()
                .filter(user -> user.waited().compareTo(Duration.ofMillis(400)) > 0)
                .count()
            >= 2);

    assertThat(locks.deadlocks()).isEmpty();
    free.close();

    assertThat(get(ring)).isTrue();
    assertThat(get(other)).isTrue();
  }
}
