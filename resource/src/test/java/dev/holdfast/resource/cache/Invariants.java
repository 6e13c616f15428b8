package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** What must be true of a cache whenever nothing runs. */
final class Invariants {
  private Invariants() {}

  static void check(Cache<?, ?> cache) {
    HeapCache<?, ?> heap = (HeapCache<?, ?>) cache;
    for (Shard<?, ?> shard : heap.shards()) {
      List<? extends Entry<?, ?>> entries = shard.all();
      ShardTotals totals = new ShardTotals();
      shard.addTo(totals);
      assertThat(totals.entries).as("entries").isEqualTo(entries.size());
      assertThat(totals.weight)
          .as("weight")
          .isEqualTo(entries.stream().mapToLong(Entry::weight).sum())
          .isLessThanOrEqualTo(shard.maximumWeight());
      assertThat(shard.scheduled())
          .as("entries on the timer wheel")
          .isEqualTo(entries.stream().filter(entry -> entry.expiresAt() != Entry.NEVER).count());
      for (Entry<?, ?> entry : entries) {
        assertThat(entry.ranked).as("known to the policy").isEqualTo(entry.weight() > 0);
        assertThat(entry.queue() != null).as("in a queue").isEqualTo(entry.ranked);
        assertThat(entry.timerSlot != TimerWheel.NOT_SCHEDULED)
            .as("scheduled")
            .isEqualTo(entry.expiresAt() != Entry.NEVER);
      }
      long queued =
          entries.stream()
              .map(Entry::queue)
              .filter(queue -> queue != null)
              .distinct()
              .mapToLong(PolicyQueue::size)
              .sum();
      assertThat(queued)
          .as("entries in queues")
          .isEqualTo(entries.stream().filter(entry -> entry.ranked).count());
    }
    assertThat(heap.loadsUnderWay()).as("loads under way").isZero();
  }
}
