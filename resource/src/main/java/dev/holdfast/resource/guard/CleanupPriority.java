package dev.holdfast.resource.guard;

/**
 * Which clean-up is begun first when more of them are due than may run. Within one priority they
 * are begun in the order in which they were asked for. One that waits rises by one level each aging
 * interval of its registry, so that LOW is late but never starved.
 */
public enum CleanupPriority {
  /** Before all others. */
  CRITICAL(0),
  /** Before NORMAL and LOW. */
  HIGH(1),
  /** Unless said otherwise. */
  NORMAL(2),
  /** When nothing else is due. */
  LOW(3);

  final int rank;

  CleanupPriority(int rank) {
    this.rank = rank;
  }
}
