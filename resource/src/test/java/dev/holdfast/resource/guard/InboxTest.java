package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InboxTest {
  private final ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("inbox"));
  private final CleanupQueue queue = new CleanupQueue(Long.MAX_VALUE);
  private final Inbox inbox = new Inbox();

  @AfterEach
  void close() {
    registry.close();
  }

  private Entry<?> entry(String name) {
    return registry.guard(name, name, text -> {}).entry();
  }

  private List<String> emptied() {
    inbox.empty(queue);
    List<String> names = new ArrayList<>();
    for (Entry<?> next = queue.poll(0); next != null; next = queue.poll(0)) {
      names.add(next.name);
    }
    return names;
  }

  @Test
  void put_severalOneByOne_comeInTheirOrderAndOnlyTheFirstFoundItEmpty() {
    assertThat(inbox.put(entry("a"))).isTrue();
    assertThat(inbox.put(entry("b"))).isFalse();
    assertThat(inbox.put(entry("c"))).isFalse();

    assertThat(emptied()).containsExactly("a", "b", "c");
    assertThat(inbox.isEmpty()).isTrue();
    assertThat(inbox.put(entry("d"))).isTrue();
  }

  @Test
  void putAll_ontoOthers_keepsBothOrders() {
    inbox.put(entry("a"));

    assertThat(inbox.putAll(List.of(entry("b"), entry("c")))).isFalse();
    assertThat(inbox.putAll(List.of())).isFalse();

    assertThat(emptied()).containsExactly("a", "b", "c");
    assertThat(inbox.putAll(List.of(entry("d"), entry("e")))).isTrue();
    assertThat(emptied()).containsExactly("d", "e");
  }

  @Test
  void empty_entriesPutTogether_countAsAskedForWithTheFirstOfThem() {
    long before = Cleanups.now();
    Entry<?> first = entry("a");
    Entry<?> second = entry("b");
    inbox.put(first);
    inbox.put(second);
    Entry<?> third = entry("c");
    inbox.putAll(List.of(third));

    emptied();

    assertThat(first.askedNanos).isGreaterThanOrEqualTo(before);
    assertThat(second.askedNanos).isEqualTo(first.askedNanos);
    assertThat(third.askedNanos).isBetween(first.askedNanos, Cleanups.now());
  }
}
