package dev.holdfast.resource.guard;

import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Clean-ups that wait for their turn: a FIFO queue a priority, linked through the entries. Only the
 * heads are compared, because within one priority the head has waited longest; so adding and taking
 * are O(1).
 *
 * <p>A head's rank is its priority less one level each aging interval that it waited. The lowest
 * rank goes first; among equal ranks the one that waited longest.
 *
 * <p><b>Sharing.</b> Guarded by the lock of {@link Cleanups}.
 */
final class CleanupQueue {
  private static final class Level {
    final CleanupPriority priority;
    @Nullable Entry<?> first;
    @Nullable Entry<?> last;
    int size;

    Level(CleanupPriority priority) {
      this.priority = priority;
    }

    void addLast(Entry<?> entry) {
      entry.next = null;
      if (last == null) {
        first = entry;
      } else {
        last.next = entry;
      }
      last = entry;
      size++;
    }

    @Nullable Entry<?> pollFirst() {
      Entry<?> head = first;
      if (head != null) {
        first = head.next;
        last = first == null ? null : last;
        head.next = null;
        size--;
      }
      return head;
    }
  }

  private final Level[] levels; // by rank
  private final long agingNanos;
  private int size;

  CleanupQueue(long agingNanos) {
    this.agingNanos = agingNanos;
    levels =
        Arrays.stream(CleanupPriority.values())
            .sorted(Comparator.comparingInt(priority -> priority.rank))
            .map(Level::new)
            .toArray(Level[]::new);
  }

  void add(Entry<?> entry, long nowNanos) {
    entry.queuedNanos = nowNanos;
    levels[entry.policy.priority().rank].addLast(entry);
    size++;
  }

  /** The one whose turn it is; null if none waits. */
  @Nullable Entry<?> poll(long nowNanos) {
    Level best = null;
    long bestRank = 0;
    long bestWait = 0;
    for (Level level : levels) {
      Entry<?> head = level.first;
      if (head == null) {
        continue;
      }
      if (level.size == size) {
        best = level;
        break;
      }
      long wait = nowNanos - head.queuedNanos;
      long rank = level.priority.rank - wait / agingNanos;
      if (best == null || rank < bestRank || (rank == bestRank && wait > bestWait)) {
        best = level;
        bestRank = rank;
        bestWait = wait;
      }
    }
    if (best == null) {
      return null;
    }
    size--;
    return best.pollFirst();
  }

  /** Since when the one waits that waits longest; {@link Cleanups#NEVER} if none does. */
  long oldestNanos() {
    long oldest = Cleanups.NEVER;
    for (Level level : levels) {
      if (level.first != null) {
        oldest = Math.min(oldest, level.first.queuedNanos);
      }
    }
    return oldest;
  }

  boolean isEmpty() {
    return size == 0;
  }

  Map<CleanupPriority, Integer> sizes() {
    Map<CleanupPriority, Integer> sizes = new EnumMap<>(CleanupPriority.class);
    for (Level level : levels) {
      sizes.put(level.priority, level.size);
    }
    return sizes;
  }
}
