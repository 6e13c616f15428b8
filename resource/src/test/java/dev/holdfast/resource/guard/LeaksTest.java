package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LeaksTest {
  private final AtomicInteger cleaned = new AtomicInteger();

  private static ResourceRegistry open(LeakDetection detection) {
    return ResourceRegistry.open(RegistrySpec.named("leaks").leakDetection(detection));
  }

  private void lose(ResourceRegistry registry, String name) {
    assertThat(registry.guard(name, name, text -> cleaned.incrementAndGet()).state())
        .isEqualTo(GuardState.LIVE);
  }

  @Test
  void guard_lost_isCleanedAndReportedWithItsOrigin() {
    try (ResourceRegistry registry = open(LeakDetection.FULL)) {
      lose(registry, "forgotten");

      Watchdog.collectUntil("the resource is cleaned", () -> cleaned.get() == 1);

      assertThat(registry.leaks())
          .singleElement()
          .satisfies(leak -> {
            assertThat(leak.name()).isEqualTo("forgotten");
            assertThat(leak.count()).isEqualTo(1);
            assertThat(leak.registeredAt())
                .get()
                .satisfies(origin ->
                    assertThat(origin.getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().equals("lose")));
          });
      assertThat(registry.snapshot().leaked()).isEqualTo(1);
    }
  }

  @Test
  void guards_lostFromOnePlace_areCountedTogether() {
    try (ResourceRegistry registry = open(LeakDetection.FULL)) {
      for (int i = 0; i < 5; i++) {
        lose(registry, "forgotten");
      }
      Watchdog.collectUntil("all are cleaned", () -> cleaned.get() == 5);

      assertThat(registry.leaks()).extracting(LeakReport::count).containsExactly(5L);
    }
  }

  @Test
  void guard_lostTogetherWithItsRegistry_isCleaned() {
    WeakReference<ResourceRegistry> registry = loseRegistry();

    Watchdog.collectUntil("the resource is cleaned", () -> cleaned.get() == 1);

    Optional.ofNullable(registry.get()).orElseThrow().close(); // it stays until it is drained
  }

  private WeakReference<ResourceRegistry> loseRegistry() {
    ResourceRegistry registry = open(LeakDetection.COUNT);
    lose(registry, "forgotten");
    return new WeakReference<>(registry);
  }

  @Test
  void guard_closedAndKept_keepsNoOther() {
    try (ResourceRegistry registry = open(LeakDetection.COUNT)) {
      List<ResourceGuard<String>> kept = new ArrayList<>();
      List<WeakReference<Object>> others = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        ResourceGuard<String> guard = registry.guard("closed", "x", text -> {});
        Watchdog.get(guard.closeAsync());
        if (i % 100 == 0) {
          kept.add(guard);
        } else {
          others.add(new WeakReference<>(guard.entry()));
        }
      }

      Watchdog.collectUntil(
          "those not kept are collected",
          () -> others.stream().filter(other -> other.get() != null).count() <= 1); // a local's

      assertThat(kept).allMatch(guard -> guard.state() == GuardState.CLEANED);
    }
  }

  @Test
  void guard_lostAtLevelCount_isCountedByName() {
    try (ResourceRegistry registry = open(LeakDetection.COUNT)) {
      lose(registry, "forgotten");
      Watchdog.collectUntil("the resource is cleaned", () -> cleaned.get() == 1);

      assertThat(registry.leaks())
          .containsExactly(new LeakReport("forgotten", 1, Optional.empty()));
    }
  }

  @Test
  void guard_lostAtLevelOff_isCleanedAndNotReported() {
    try (ResourceRegistry registry = open(LeakDetection.OFF)) {
      lose(registry, "forgotten");
      Watchdog.collectUntil("the resource is cleaned", () -> cleaned.get() == 1);

      assertThat(registry.leaks()).isEmpty();
      assertThat(registry.snapshot().leaked()).isZero();
    }
  }

  @Test
  void guards_manyAtLevelSampled_someAreTraced() {
    try (ResourceRegistry registry = open(LeakDetection.SAMPLED)) {
      for (int i = 0; i < 128 * 40; i++) { // none of them: once in 10¹⁷ runs
        registry.guard("number", i, number -> {});
      }

      assertThat(registry.resources())
          .anyMatch(info -> info.registeredAt().isPresent())
          .anyMatch(info -> info.registeredAt().isEmpty());
    }
  }

  @Test
  void guard_closedOrDetachedThenLost_isNoLeak() {
    try (ResourceRegistry registry = open(LeakDetection.FULL)) {
      for (int i = 0; i < 10; i++) {
        Watchdog.get(registry.guard("closed", i, number -> {}).closeAsync());
        registry.guard("detached", i, number -> {}).detach();
      }
      lose(registry, "marker"); // once it is found, the others were looked at as well
      Watchdog.collectUntil("the marker is cleaned", () -> cleaned.get() == 1);

      assertThat(registry.leaks()).extracting(LeakReport::name).containsExactly("marker");
    }
  }

  @Test
  void guard_inUse_isNotTakenForLost() {
    try (ResourceRegistry registry = open(LeakDetection.FULL)) {
      ResourceGuard<String> used = registry.guard("used", "x", text -> cleaned.addAndGet(100));
      try {
        lose(registry, "marker");
        Watchdog.collectUntil("the marker is cleaned", () -> cleaned.get() == 1);

        assertThat(used.get()).isEqualTo("x");
      } finally {
        Reference.reachabilityFence(used);
      }
    }
  }

  @Test
  void guard_lostAndActionHangs_othersAreFoundAllTheSame() throws Exception {
    try (ResourceRegistry registry = open(LeakDetection.COUNT)) {
      CountDownLatch go = new CountDownLatch(1);
      CompletableFuture<Boolean> hangs = new CompletableFuture<>();
      loseHanging(registry, go, hangs);
      Watchdog.collectUntil("it hangs", hangs::isDone);

      lose(registry, "forgotten"); // the collector's thread runs no action: it is free
      Watchdog.collectUntil("the resource is cleaned", () -> cleaned.get() == 1);
      go.countDown();
    }
  }

  private static void loseHanging(
      ResourceRegistry registry, CountDownLatch go, CompletableFuture<Boolean> hangs) {
    CleanupAction<String> action =
        text -> {
          hangs.complete(true);
          Watchdog.await(go);
        };
    assertThat(registry.guard("hanging", "x", action).state()).isEqualTo(GuardState.LIVE);
  }

  @Test
  void reports_moreOriginsThanAreKept_restIsCountedTogether() {
    Leaks leaks = new Leaks(LeakDetection.COUNT);
    try (ResourceRegistry registry = open(LeakDetection.COUNT)) {
      for (int i = 0; i < 1_010; i++) {
        leaks.note(registry.guard("name" + i, "x", text -> {}).entry());
      }
    }

    List<LeakReport> reports = leaks.reports();
    assertThat(reports).hasSize(1_001);
    assertThat(reports).filteredOn(report -> report.count() == 10).hasSize(1);
    assertThat(leaks.count()).isEqualTo(1_010);
  }
}
