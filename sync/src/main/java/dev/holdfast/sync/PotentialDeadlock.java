package dev.holdfast.sync;

import java.util.List;

/**
 * Locks that were asked for in orders that do not go together: {@link LockOrder}.
 *
 * @param ring the classes of locks, each taken before the next and the last before the first
 * @param report for people: who took what in which order, and where
 */
public record PotentialDeadlock(List<String> ring, String report) {
  /** Copies the ring. */
  public PotentialDeadlock {
    ring = List.copyOf(ring);
  }

  @Override
  public String toString() {
    return report;
  }
}
