package dev.holdfast.resource.guard;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Clean-ups that wait for their turn: a FIFO queue a priority. Only the heads are compared, because
 * within one priority the head has waited longest; so adding and taking are O(1).
 *
 * <p>A head's rank is its priority less one level each aging interval that it waited. The lowest
 * rank goes first; among equal ranks the one that waited longest.
 *
 * <p><b>Sharing.</b> Guarded by the lock of {@link Cleanups}.
 */
final class CleanupQueue {
  private record Waiting(Entry<?> entry, long sinceNanos) {}

  private static final CleanupPriority[] PRIORITIES = CleanupPriority.values();

  private final Map<CleanupPriority, ArrayDeque<Waiting>> levels =
      new EnumMap<>(CleanupPriority.class);
  private final long agingNanos;
  private int size;

  CleanupQueue(long agingNanos) {
    this.agingNanos = agingNanos;
    for (CleanupPriority priority : PRIORITIES) {
      levels.put(priority, new ArrayDeque<>());
    }
  }

  void add(Entry<?> entry, long nowNanos) {
    level(entry.policy.priority()).addLast(new Waiting(entry, nowNanos));
    size++;
  }

  /** The one whose turn it is; null if none waits. */
  @Nullable Entry<?> poll(long nowNanos) {
    CleanupPriority best = null;
    long bestRank = 0;
    long bestWait = 0;
    for (CleanupPriority priority : PRIORITIES) {
      Waiting head = level(priority).peekFirst();
      if (head == null) {
        continue;
      }
      long wait = nowNanos - head.sinceNanos;
      long rank = priority.rank - wait / agingNanos;
      if (best == null || rank < bestRank || (rank == bestRank && wait > bestWait)) {
        best = priority;
        bestRank = rank;
        bestWait = wait;
      }
    }
    if (best == null) {
      return null;
    }
    size--;
    return level(best).removeFirst().entry;
  }

  boolean isEmpty() {
    return size == 0;
  }

  Map<CleanupPriority, Integer> sizes() {
    Map<CleanupPriority, Integer> sizes = new EnumMap<>(CleanupPriority.class);
    levels.forEach((priority, waiting) -> sizes.put(priority, waiting.size()));
    return sizes;
  }

  private ArrayDeque<Waiting> level(CleanupPriority priority) {
    ArrayDeque<Waiting> level = levels.get(priority);
    if (level == null) {
      throw new AssertionError("no queue for " + priority);
    }
    return level;
  }
}
