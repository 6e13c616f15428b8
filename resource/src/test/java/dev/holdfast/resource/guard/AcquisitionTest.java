package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AcquisitionTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final Duration SHORT = Duration.ofMillis(20);

  private final ResourceRegistry registry =
      ResourceRegistry.open(RegistrySpec.named("acquired").leakDetection(LeakDetection.FULL));
  private final AtomicInteger cleaned = new AtomicInteger();

  @AfterEach
  void close() {
    registry.close();
  }

  private ResourceGuard<String> acquire(java.util.concurrent.Callable<String> opener, Duration time)
      throws Exception {
    return registry.acquire("text", opener, text -> cleaned.incrementAndGet(), time);
  }

  @Test
  void acquire_arrivesInTime_isGuarded() throws Exception {
    try (ResourceGuard<String> guard = acquire(() -> "content", LONG)) {
      assertThat(guard.get()).isEqualTo("content");
      assertThat(registry.resources().getFirst().registeredAt())
          .get()
          .satisfies(
              origin -> // of who asked, not of the thread that opened it
              assertThat(origin.getStackTrace())
                      .anyMatch(frame -> frame.getClassName().equals(getClass().getName())));
    }
  }

  @Test
  void acquire_arrivesTooLate_isCleaned() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();

    assertThatThrownBy(() ->
            acquire(
                () -> {
                  try {
                    go.await();
                  } catch (InterruptedException e) {
                    interrupted.complete(true);
                  }
                  return "late";
                },
                SHORT))
        .isInstanceOf(TimeoutException.class)
        .hasMessageContaining("resource=text");

    assertThat(Watchdog.get(interrupted)).isTrue();
    Watchdog.until("the late one is cleaned", () -> cleaned.get() == 1);
    assertThat(registry.snapshot().lateAcquired()).isEqualTo(1);
    assertThat(registry.snapshot().leaked()).isZero();
  }

  @Test
  void acquire_timeoutLongerThanAnyClock_isGuarded() throws Exception {
    Duration forEver = ChronoUnit.FOREVER.getDuration();

    try (ResourceGuard<String> guard = acquire(() -> "content", forEver)) {
      assertThat(guard.get()).isEqualTo("content");
    }
  }

  @Test
  void acquire_negativeTimeout_isRefusedBeforeAnythingIsOpened() {
    AtomicInteger opened = new AtomicInteger();

    assertThatThrownBy(
            () -> acquire(() -> "opened " + opened.incrementAndGet(), Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("timeout=PT-1S");
    assertThat(opened).hasValue(0);
  }

  @Test
  void acquire_openerThrows_isTold() {
    assertThatThrownBy(() ->
            acquire(
                () -> {
                  throw new IOException("injected");
                },
                LONG))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IOException.class);
    assertThat(registry.resources()).isEmpty();
  }

  @Test
  void acquire_registryIsDrained_isToldAndCleaned() throws Exception {
    registry.drain(LONG);

    assertThatThrownBy(() -> acquire(() -> "content", LONG))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(cleaned).hasValue(1);
  }

  @Test
  void acquire_waiterIsInterrupted_lateOneIsCleaned() {
    CompletableFuture<Boolean> opening = new CompletableFuture<>();
    Thread waiter = Thread.currentThread();

    assertThatThrownBy(() ->
            acquire(
                () -> {
                  opening.complete(true);
                  waiter.interrupt();
                  awaitInterrupt();
                  return "late";
                },
                LONG))
        .isInstanceOf(InterruptedException.class);

    assertThat(opening).isDone();
    Watchdog.until("the late one is cleaned", () -> cleaned.get() == 1);
  }

  private static void awaitInterrupt() {
    while (!Thread.currentThread().isInterrupted()) {
      LockSupport.park();
    }
  }

  @Test
  void acquire_timeoutAndArrivalAtOnce_nothingIsLost() throws Exception {
    int tries = 2_000;
    int held = 0;
    for (int i = 0; i < tries; i++) {
      long nanos = i % 200 * 1_000L;
      try (ResourceGuard<String> guard =
          acquire(
              () -> {
                LockSupport.parkNanos(nanos);
                return "content";
              },
              Duration.ofNanos(60_000))) {
        assertThat(guard.get()).isEqualTo("content");
        held++;
      } catch (TimeoutException e) {
        // then the opener's result is cleaned when it arrives
      }
    }

    Watchdog.until("each is cleaned once", () -> cleaned.get() == tries);
    RegistrySnapshot snapshot = registry.snapshot();
    assertThat(snapshot.lateAcquired() + held).isEqualTo(tries);
    assertThat(registry.drain(LONG)).isEqualTo(new CleanupReport(tries, tries, 0, 0, 0, 0));
    assertThat(cleaned).hasValue(tries);
  }
}
