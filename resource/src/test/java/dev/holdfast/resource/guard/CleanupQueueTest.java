package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CleanupQueueTest {
  private static final long AGING = 100;

  private final CleanupQueue queue = new CleanupQueue(AGING);
  private final ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("queued"));

  @AfterEach
  void close() {
    registry.close();
  }

  private void add(String name, CleanupPriority priority, long now) {
    queue.add(registry.guard(name, name, text -> {}, policy(priority)).entry(), now);
  }

  private static CleanupPolicy policy(CleanupPriority priority) {
    return CleanupPolicy.standard().priority(priority);
  }

  private List<String> all(long now) {
    List<String> names = new ArrayList<>();
    for (Entry<?> next = queue.poll(now); next != null; next = queue.poll(now)) {
      names.add(next.name);
    }
    return names;
  }

  @Test
  void poll_lowOneWaited_risesOneLevelEachInterval() {
    add("low", CleanupPriority.LOW, 0);
    add("normal", CleanupPriority.NORMAL, 150);
    add("high", CleanupPriority.HIGH, 150);

    assertThat(all(2 * AGING)).containsExactly("low", "high", "normal"); // LOW − 2 = HIGH
  }

  @Test
  void poll_lowOneWaitedLess_staysBehind() {
    add("low", CleanupPriority.LOW, 0);
    add("high", CleanupPriority.HIGH, 90);

    assertThat(all(AGING + 50)).containsExactly("high", "low");
  }

  @Test
  void poll_streamOfCriticalOnes_lowOneIsNotStarved() {
    add("low", CleanupPriority.LOW, 0);
    List<String> order = new ArrayList<>();
    long now = 0;
    while (!order.contains("low")) {
      now += AGING / 4;
      add("critical", CleanupPriority.CRITICAL, now);
      Entry<?> next = queue.poll(now);
      order.add(next == null ? "nothing" : next.name);
      assertThat(order).hasSizeLessThan(100);
    }

    assertThat(order).hasSize(4 * CleanupPriority.LOW.rank); // after as many intervals
  }

  @Test
  void poll_nothingWaits_givesNothing() {
    assertThat(queue.poll(0)).isNull();
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.sizes()).containsEntry(CleanupPriority.HIGH, 0).hasSize(4);
  }
}
