package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResourceGuardTest {
  private final ResourceRegistry registry =
      ResourceRegistry.open(RegistrySpec.named("guards").leakDetection(LeakDetection.FULL));
  private final AtomicInteger cleaned = new AtomicInteger();

  @AfterEach
  void close() {
    registry.close();
  }

  private ResourceGuard<String> guard() {
    return registry.guard("text", "content", text -> cleaned.incrementAndGet());
  }

  @Test
  void get_live_givesResource() {
    try (ResourceGuard<String> guard = guard()) {
      assertThat(guard.get()).isEqualTo("content");
      assertThat(guard.state()).isEqualTo(GuardState.LIVE);
      assertThat(guard.name()).isEqualTo("text");
      assertThat(guard).hasToString("ResourceGuard[text, LIVE]");
    }
  }

  @Test
  void closeAsync_actionReturns_isCleanedOnAnotherThread() {
    CompletableFuture<Thread> ranOn = new CompletableFuture<>();
    ResourceGuard<String> guard =
        registry.guard("text", "content", text -> ranOn.complete(Thread.currentThread()));

    CleanupOutcome outcome = Watchdog.get(guard.closeAsync());

    assertThat(outcome.isCleaned()).isTrue();
    assertThat(outcome.attempts()).isEqualTo(1);
    assertThat(outcome.failure()).isEmpty();
    assertThat(outcome.took()).isPositive();
    assertThat(guard.state()).isEqualTo(GuardState.CLEANED);
    assertThat(ranOn.join()).isNotSameAs(Thread.currentThread());
    assertThat(ranOn.join().isVirtual()).isTrue();
  }

  @Test
  void close_actionBlocks_returnsBeforeIt() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    ResourceGuard<String> guard = registry.guard("text", "x", text -> Watchdog.await(closed));

    guard.close();
    closed.countDown(); // the action waits for what comes after the close

    assertThat(Watchdog.get(guard.closeAsync()).isCleaned()).isTrue();
  }

  @Test
  void close_again_cleansOnceAndIsCounted() {
    ResourceGuard<String> guard = guard();

    Watchdog.get(guard.closeAsync());
    guard.close();
    CleanupOutcome second = Watchdog.get(guard.closeAsync());

    assertThat(second.isCleaned()).isTrue();
    assertThat(cleaned).hasValue(1);
    assertThat(registry.snapshot().closedAgain()).isEqualTo(2);
  }

  @Test
  void get_closed_isRefusedAndTellsWhoReleasedFirst() {
    ResourceGuard<String> guard = guard();
    closesIt(guard);

    assertThatThrownBy(guard::get)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("resource=text")
        .cause()
        .satisfies(first ->
            assertThat(first.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("closesIt")));
    assertThatThrownBy(guard::detach).isInstanceOf(IllegalStateException.class);
  }

  private static void closesIt(ResourceGuard<String> guard) {
    guard.close();
  }

  @Test
  void get_closedUntraced_namesTheLevelThatTells() {
    try (ResourceRegistry untraced =
        ResourceRegistry.open(RegistrySpec.named("off").leakDetection(LeakDetection.OFF))) {
      ResourceGuard<String> guard = untraced.guard("text", "x", text -> {});
      guard.close();

      assertThatThrownBy(guard::get).hasMessageContaining("LeakDetection.FULL").hasNoCause();
    }
  }

  @Test
  void detach_live_handsOverAndNeverCleans() throws Exception {
    ResourceGuard<String> guard = guard();
    String mine;
    try (guard) {
      mine = guard.detach();
    }

    assertThat(mine).isEqualTo("content");
    assertThat(guard.state()).isEqualTo(GuardState.DETACHED);
    assertThat(Watchdog.get(guard.closeAsync()).state()).isEqualTo(GuardState.DETACHED);
    assertThat(registry.snapshot().closedAgain()).isZero();
    assertThat(registry.resources()).isEmpty();
    assertThatThrownBy(guard::get).hasMessageContaining("DETACHED");
    assertThat(registry.drain(Duration.ofSeconds(60)))
        .isEqualTo(new CleanupReport(1, 0, 0, 0, 0, 1));
    assertThat(cleaned).hasValue(0);
  }

  @Test
  void guard_actionOrResourceMissing_isRefused() {
    assertThatThrownBy(() -> registry.guard("text", nothing(), text -> {}))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> registry.guard("text", "x", nothing()))
        .isInstanceOf(NullPointerException.class);
    assertThat(registry.snapshot().totals().registered()).isZero();
  }

  @Test
  void guard_callThrows_resourceIsCleanedByTheCaller() {
    assertThatThrownBy(() -> registry.guard(nothing(), "x", text -> cleaned.incrementAndGet()))
        .isInstanceOf(NullPointerException.class);
    assertThat(cleaned).hasValue(1);
  }

  @Test
  void guard_callThrowsAndCleanupToo_bothAreTold() {
    assertThatThrownBy(() ->
            registry.guard(
                nothing(),
                "x",
                text -> {
                  throw new InterruptedException("while cleaning");
                }))
        .isInstanceOf(NullPointerException.class)
        .satisfies(failure ->
            assertThat(failure.getSuppressed())
                .singleElement()
                .isInstanceOf(InterruptedException.class));
    assertThat(Thread.interrupted()).isTrue();
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what a caller must not give
  private static <T> T nothing() {
    return null;
  }

  @Test
  void resources_liveAndClosing_areListed() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch runs = new CountDownLatch(1);
    ResourceGuard<String> live = guard();
    ResourceGuard<String> closing =
        registry.guard(
            "slow",
            "x",
            text -> {
              runs.countDown();
              Watchdog.await(go);
            },
            CleanupPolicy.standard().priority(CleanupPriority.HIGH));
    closing.close();
    Watchdog.await(runs);

    List<ResourceInfo> resources = registry.resources();
    RegistrySnapshot snapshot = registry.snapshot();
    go.countDown();
    live.close();

    assertThat(resources)
        .extracting(ResourceInfo::name, ResourceInfo::state, ResourceInfo::attempts)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("text", GuardState.LIVE, 0),
            org.assertj.core.groups.Tuple.tuple("slow", GuardState.CLOSING, 1));
    assertThat(resources).allMatch(info -> info.registeredAt().isPresent());
    assertThat(snapshot.live()).isEqualTo(1);
    assertThat(snapshot.running()).isEqualTo(1);
    assertThat(snapshot.totals().unfinished()).isEqualTo(2);
    assertThat(registry)
        .hasToString(
            "ResourceRegistry[guards, %d resources]".formatted(registry.resources().size()));
  }
}
