package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what must happen; its limit only ends a test that would hang. */
final class Watchdog {
  private static final long LIMIT_SECONDS = 120;

  private Watchdog() {}

  static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
  }

  static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  static void until(String what, BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - begin)
          .as(what)
          .isLessThan(TimeUnit.SECONDS.toNanos(LIMIT_SECONDS));
      LockSupport.parkNanos(200_000);
    }
  }

  /** Has the garbage collector look until the condition holds. */
  static void collectUntil(String what, BooleanSupplier condition) {
    until(
        what,
        () -> {
          System.gc();
          return condition.getAsBoolean();
        });
  }
}
